"""The messages that wait, by level of the tree that jobs are cut into."""

from fleet.tree import FAN_OUT


class Backlog:
    """How many shards wait on each level; level 0 are the chunks.

    Workers take them about in the order in which they were sent, so the larger shards come first.
    """

    def __init__(self) -> None:
        self._waiting = [0]
        self._unborn = [0]  # shards of the level below that are still to be sent by those of a level

    @property
    def messages(self) -> int:
        return sum(self._waiting)

    @property
    def chunks(self) -> int:
        """Those that can be simulated at once."""
        return self._waiting[0]

    def submit(self, chunks: int) -> None:
        """A job arrives: the first level of its tree."""
        level = 0
        while (shards := -(-chunks // FAN_OUT**level)) > FAN_OUT:
            level += 1
            if level == len(self._waiting):
                self._waiting.append(0)
                self._unborn.append(0)
            self._unborn[level] += shards
        self._waiting[level] += shards

    def split(self, at_most: int) -> int:
        """Workers replace so many of the larger shards by their children; how many they were."""
        before = at_most
        for level in range(len(self._waiting) - 1, 0, -1):
            done = min(self._waiting[level], at_most)
            born = min(done * FAN_OUT, self._unborn[level])
            self._waiting[level] -= done
            self._unborn[level] -= born
            self._waiting[level - 1] += born
            at_most -= done
        return before - at_most

    def take(self, chunks: int) -> None:
        """Workers claim chunks."""
        self._waiting[0] -= chunks

    def hand_back(self, chunks: int) -> None:
        """Chunks that a worker had when it was taken away wait again."""
        self._waiting[0] += chunks
