"""secret-tool, as people use it."""

import harness


class SecretTool(harness.CofferTest):
    def setUp(self):
        super().setUp()
        self.home.start()

    def test_stores_and_looks_up(self):
        self.assertEqual(self.store("swordfish", user="jo").returncode, 0)
        self.assertEqual(self.lookup(user="jo").stdout, b"swordfish")

    def test_what_is_not_there_is_not_found(self):
        result = self.lookup(user="nobody")
        self.assertEqual((result.returncode, result.stdout), (1, b""))

    def test_storing_again_replaces(self):
        self.store("one", user="jo")
        self.store("two", user="jo")
        self.assertEqual(self.lookup(user="jo").stdout, b"two")
        found = self.home.secret_tool("search", "--all", "user", "jo").stdout
        self.assertEqual(found.count(b"secret = "), 1)

    def test_search_shows_all_of_an_item(self):
        self.store("one", user="jo", host="a")
        self.store("two", user="jo", host="b")
        result = self.home.secret_tool("search", "--all", "--unlock", "user", "jo")
        for text in (b"secret = one", b"secret = two", b"label = a label"):
            self.assertIn(text, result.stdout)

    def test_clears_only_what_matches(self):
        self.store("one", user="jo", host="a")
        self.store("two", user="jo", host="b")
        self.assertEqual(self.home.secret_tool("clear", "host", "a").returncode, 0)
        self.assertEqual(self.lookup(host="a").returncode, 1)
        self.assertEqual(self.lookup(host="b").stdout, b"two")

    def test_a_locked_item_is_found_but_not_read_and_the_prompt_is_dismissed_at_once(self):
        self.store("swordfish", user="jo")
        self.home.secret_tool("lock", "--collection=login")
        found = self.home.secret_tool("search", "--all", "user", "jo")
        self.assertIn(b"[/1]", found.stdout + found.stderr)
        self.assertNotIn(b"swordfish", found.stdout)
        self.assertNotEqual(self.lookup(user="jo").stdout, b"swordfish")
        self.assertIsNone(self.unlock())
        self.assertEqual(self.lookup(user="jo").stdout, b"swordfish")

    def test_a_secret_is_read_back_after_a_restart(self):
        self.store("swordfish", user="jo")
        self.assertEqual(self.home.stop(), 0)
        self.home.start()
        self.assertEqual(self.lookup(user="jo").stdout, b"swordfish")

    def test_secrets_with_line_breaks_and_of_any_language_survive(self):
        for secret in ("two\nlines\n\n", "tab\tand \\ backslash", "Пароль 密码 🔑", "x" * 8_000):
            self.store(secret, user="jo")
            self.assertEqual(self.lookup(user="jo").stdout.decode(), secret)


if __name__ == "__main__":
    harness.main()
