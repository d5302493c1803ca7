"""kill -9 of each process in turn, at random moments: nothing that was acknowledged is lost."""

import os
import random
import signal
import threading

import harness
from harness import wait_for

ROUNDS = int(os.environ.get("COFFER_CRASH_ROUNDS", "50"))


class Writer(threading.Thread):
    """Stores numbered items until it is told to stop or the service is gone; remembers what was acknowledged."""

    def __init__(self, home, first):
        super().__init__()
        self.home, self.first = home, first
        self.acknowledged = []
        self.stopping = False

    def run(self):
        import secretstorage
        try:
            connection = self.home.connect()
            collection = secretstorage.Collection(connection, "/org/freedesktop/secrets/collection/login")
            number = self.first
            while not self.stopping:
                collection.create_item(f"item {number}", {"number": str(number)}, f"secret {number}".encode())
                self.acknowledged.append(number)
                number += 1
        except Exception:  # the process on the other side was killed: the point of the exercise
            pass


class Crash(harness.CofferTest):
    def test_no_acknowledged_item_is_lost(self):
        seed = random.randrange(2**32)
        print(f"seed {seed}", flush=True)
        choice = random.Random(seed)
        acknowledged = []
        self.home.start()
        for round_number in range(ROUNDS):
            victim = ("cofferd", "coffer-vault", "coffer-frontend")[round_number % 3]
            children = self.home.both_children()
            writer = Writer(self.home, round_number * 10_000)
            writer.start()
            wait_for(lambda: writer.acknowledged, 5)
            threading.Event().wait(choice.uniform(0, 0.05))
            if victim == "cofferd":
                self.home.kill_all()
            else:
                os.kill(children[victim], signal.SIGKILL)
            writer.stopping = True
            writer.join(30)
            self.assertFalse(writer.is_alive(), f"round {round_number}: a client hangs after the death of {victim}")
            acknowledged += writer.acknowledged
            # Each round starts from a fresh daemon, as five deaths in ten seconds would end this one.
            if self.home.daemon:
                self.home.kill_all()
            self.home.start()
            log = self.home.log()
            self.assertNotIn("damaged", log)
            self.assertNotIn("missing", log)
        found = {item.get_attributes()["number"]: item.get_secret() for item in self.collection().get_all_items()}
        self.assertGreater(len(acknowledged), ROUNDS // 2)
        for number in acknowledged:
            self.assertEqual(found.get(str(number)), f"secret {number}".encode())
        print(f"{len(acknowledged)} acknowledged items in {ROUNDS} rounds, all there", flush=True)


if __name__ == "__main__":
    harness.main()
