"""An installed tree finds its own parts, wherever it was put."""

import os
import shutil

import harness


class Installed(harness.CofferTest):
    def test_programs_in_bin_and_libexec_find_each_other(self):
        tree = f"{self.home.top}/usr"
        for program, folder in (("cofferd", "bin"), ("coffer-vault", "libexec/coffer"), ("coffer-frontend", "libexec/coffer"),
                                ("coffer", "bin"), ("coffer-formats", "libexec/coffer")):
            os.makedirs(f"{tree}/{folder}", exist_ok=True)
            shutil.copy(f"{self.home.binaries}/{program}", f"{tree}/{folder}")
        self.home.binaries = f"{tree}/bin"
        self.home.start()
        self.store("swordfish", user="jo")
        self.assertEqual(self.lookup(user="jo").stdout, b"swordfish")
        exported = f"{self.home.top}/exported"
        result = self.home.run(f"{tree}/bin/coffer", "export", "--format", "v1", exported, input=b"password\n")
        self.assertEqual((result.returncode, os.path.exists(exported)), (0, True), result.stderr)


if __name__ == "__main__":
    harness.main()
