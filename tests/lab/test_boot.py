"""The lab itself: a machine boots, answers, and has privaudit installed for root."""

from lab.session import Lab


def test_a_machine_boots_and_answers(lab: Lab) -> None:
    with lab.boot("mariadb") as machine:
        machine.wait_active("mariadb.service")
        assert machine.run(["id", "-un"]).stdout == "root\n"
        assert machine.run(["systemctl", "is-failed", "mariadb.service"], check=False).stdout == "active\n"
        machine.add_person("joe", "sudo")
        machine.write("/home/joe/note", "hello\n", 0o640, "joe:joe")
        assert machine.run(["cat", "/home/joe/note"], user="joe").stdout == "hello\n"
        assert machine.run(["stat", "-c", "%U:%a", "/opt/privaudit"]).stdout == "root:755\n"
