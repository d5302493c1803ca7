"""An installed tree finds its own parts, wherever it was put."""

import os
import shutil

import harness


class Installed(harness.CofferTest):
    def test_programs_in_bin_and_libexec_find_each_other(self):
        tree = f"{self.home.top}/usr"
        for program, folder in (("cofferd", "bin"), ("coffer-vault", "libexec/coffer"), ("coffer-frontend", "libexec/coffer")):
            os.makedirs(f"{tree}/{folder}", exist_ok=True)
            shutil.copy(f"{self.home.binaries}/{program}", f"{tree}/{folder}")
        self.home.binaries = f"{tree}/bin"
        self.home.start()
        self.store("swordfish", user="jo")
        self.assertEqual(self.lookup(user="jo").stdout, b"swordfish")


if __name__ == "__main__":
    harness.main()
