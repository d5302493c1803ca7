"""python3-keyring's SecretService backend."""

import os

import harness


class Keyring(harness.CofferTest):
    def test_sets_gets_and_deletes(self):
        self.home.start()
        os.environ.update(self.home.environment)
        import keyring.backends.SecretService
        import keyring.errors
        backend = keyring.backends.SecretService.Keyring()
        self.assertIsNone(backend.get_password("service", "jo"))
        backend.set_password("service", "jo", "swordfish")
        backend.set_password("service", "jo", "changed")
        self.assertEqual(backend.get_password("service", "jo"), "changed")
        self.assertEqual(backend.get_credential("service", None).username, "jo")
        backend.delete_password("service", "jo")
        with self.assertRaises(keyring.errors.PasswordDeleteError):
            backend.delete_password("service", "jo")


if __name__ == "__main__":
    harness.main()
