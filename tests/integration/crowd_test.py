"""Many clients, and clients that behave badly: nobody else notices."""

import os
import threading
import time

import harness
from conformance_test import LOGIN, ROOT, SERVICE, Client, Refused


def memory_of(home):
    """Resident KiB of the daemon's processes, as far as they can be seen."""
    total = 0
    for pid in (home.daemon.pid, *home.children().values()):
        with open(f"/proc/{pid}/statm") as statm:
            total += int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    return total


class Crowd(harness.CofferTest):
    def setUp(self):
        super().setUp()
        self.home.start()

    def client(self):
        client = Client(self.home)
        self.addCleanup(client.connection.close)
        return client

    def test_64_clients_at_once(self):
        failures = []

        def work(number):
            try:
                client = Client(self.home)
                mine = {"owner": str(number)}
                for turn in range(20):
                    item = client.create(attributes=mine, value=f"{number}.{turn}".encode(), replace=True)
                    assert client.read(item) == f"{number}.{turn}".encode()
                    assert client.search(mine) == ([item], [])
                client.connection.close()
            except Exception as failure:
                failures.append(f"{number}: {failure!r}")

        threads = [threading.Thread(target=work, args=(number,)) for number in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(len(self.client().search({})[0]), 64)

    def test_sessions_are_bounded_and_given_back(self):
        greedy, other = Client(self.home), self.client()
        item = other.create()
        opened = 1
        with self.assertRaises(Refused) as refused:
            while opened < 20_000:
                greedy.call(ROOT, SERVICE, "OpenSession", "sv", ("plain", ("s", "")))
                opened += 1
        self.assertEqual(str(refused.exception), "org.freedesktop.DBus.Error.LimitsExceeded")
        self.assertGreaterEqual(opened, 10_000)
        self.assertEqual(other.read(item), b"swordfish")
        self.client()
        greedy.connection.close()
        self.assertTrue(harness.wait_for(lambda: self.client()))

    def test_a_client_that_stops_reading_holds_up_nobody_and_costs_little(self):
        other = self.client()
        big = other.create(value=b"x" * 500_000)
        item = other.create()
        deaf = Client(self.home)
        before = memory_of(self.home)
        from jeepney import DBusAddress, new_method_call
        ask = new_method_call(DBusAddress(big, "org.freedesktop.secrets", "org.freedesktop.Secret.Item"), "GetSecret", "o", (deaf.session,))
        deaf.connection.sock.settimeout(1)
        sent = 0
        try:
            for sent in range(400):  # 200 MB of answers, if all were kept
                deaf.connection.send(ask)
        except OSError:
            pass
        begin = time.monotonic()
        self.assertEqual(other.read(item), b"swordfish")
        self.assertLess(time.monotonic() - begin, 5)
        time.sleep(1)
        grown = memory_of(self.home) - before
        if not os.environ.get("COFFER_SANITIZE"):  # sanitizers keep what was freed
            self.assertLess(grown, 64 * 1024, f"{sent} requests cost {grown} KiB")
        deaf.connection.close()

    def test_a_storm_of_prompts_is_bounded(self):
        client = self.client()
        client.lock()
        with self.assertRaises(Refused) as refused:
            for _ in range(100):
                client.call(ROOT, SERVICE, "Unlock", "ao", ([LOGIN],))
        self.assertEqual(str(refused.exception), "org.freedesktop.DBus.Error.LimitsExceeded")
        self.client().call(ROOT, SERVICE, "Unlock", "ao", ([LOGIN],))


if __name__ == "__main__":
    harness.main()
