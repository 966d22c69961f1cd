"""What happens in a made-up community, day by day."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from ..activity import Activity
from .crowd import TOPICS, Ints, Mask
from .world import DAY, SEEN, VERB_SHARES, World

_VERBS: Final = (*VERB_SHARES, "Create", "Follow")
_LIKE, _ANNOUNCE = _VERBS.index("Like"), _VERBS.index("Announce")
_CREATE, _FOLLOW = _VERBS.index("Create"), _VERBS.index("Follow")

_BY_HOUR: Final = np.array([1, 0.5, 0.3, 0.2, 0.2, 0.5, 2, 4, 5, 5, 5, 5, 6, 5, 4, 4, 5, 6, 7, 8, 9, 8, 5, 3])
_BY_WEEKDAY: Final = np.array([1.12, 1.12, 1.12, 1.12, 1.12, 0.7, 0.7])  # from Monday; the mean is 1
_DELAY: Final = 5400  # median seconds from seeing to reacting; the mean is five hours
_LONGEST_DELAY: Final = 5 * DAY
_VIRAL_BEFORE_END: Final = 60  # days
_VIRAL_SEEN, _VIRAL_TRAIT = 0.7, 0.5


class _Rows(NamedTuple):
    """Activity as columns: `number` is that of the author's post, counted from 1."""

    at: Ints
    verb: Ints
    actor: Ints
    author: Ints
    number: Ints
    topic: Ints

    def where(self, wanted: Mask | Ints) -> "_Rows":
        """Some of the rows."""
        return _Rows(*(column[wanted] for column in self))


_Sights = tuple[Ints, Ints, Ints]
"""Who sees what and when, as columns: position of the post, person, unix seconds."""


def play(world: World, seed: int, accounts: Sequence[str], tag: str) -> Iterator[list[Activity]]:
    """The activity of each day, by time, then id.

    `accounts` are the people's, in their order; `tag` tells this community's posts from those of another. Holds a
    day and what will still follow from it in memory. The same arguments give the same again.
    """
    posted = np.zeros(world.crowd.people, np.int64)
    later: list[_Rows] = []
    for start in range(world.start, world.end, DAY):
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(1, start // DAY))))
        posts = _posts(world, start, posted, rng)
        posted += np.bincount(posts.author, minlength=len(posted))
        later += [posts, _follows(world, start), _boosts(world, posts, rng), *_reactions(world, posts, rng)]
        rows = _Rows(*map(np.concatenate, zip(*later, strict=True)))
        today = rows.at < start + DAY
        later = [rows.where(~today)]
        yield _records(rows.where(today), accounts, tag)


def _posts(world: World, start: int, posted: Ints, rng: np.random.Generator) -> _Rows:
    """The posts of the day that begins at `start`; `posted` is how many posts everybody has made before it."""
    crowd = world.crowd
    rate = crowd.rate * _BY_WEEKDAY[(start // DAY + 3) % 7]
    rate[crowd.honest :] = crowd.rate[crowd.honest :]
    if start >= world.quiet_from:
        rate[world.holiday] = 0.0
    count = rng.poisson(rate)
    # The ring works to plan: the same number every day, but for the fraction.
    count[crowd.honest :] = (rate[crowd.honest :] + rng.random(crowd.people - crowd.honest)).astype(np.int64)
    if start == _viral_day(world):
        count[world.viral] += 1
    author = np.repeat(np.arange(crowd.people), count)
    hours = np.concatenate([[0.0], np.cumsum(_BY_HOUR) / _BY_HOUR.sum()])
    at = start + (np.interp(rng.random(len(author)), hours, np.arange(25)) * 3600).astype(np.int64)
    at = at[np.lexsort((at, author))]
    number = posted[author] + np.arange(len(author)) - np.repeat(np.cumsum(count) - count, count) + 1
    topic = crowd.posts_on(author, rng.random(len(author)))
    return _Rows(at, np.full_like(author, _CREATE), author, author, number, topic)


def _viral_day(world: World) -> int:
    """When the day of the viral post begins: in a short simulation, half way."""
    days = (world.end - world.start) // DAY
    return world.end - min(_VIRAL_BEFORE_END, days // 2) * DAY


def _follows(world: World, start: int) -> _Rows:
    """Who begins to follow whom on the day that begins at `start`."""
    at = np.flatnonzero((world.since >= start) & (world.since < start + DAY))
    author = np.searchsorted(world.followers.start, at, side="right") - 1
    none = np.full_like(at, -1)
    return _Rows(world.since[at], np.full_like(at, _FOLLOW), world.followers.other[at], author, none, none)


def _boosts(world: World, posts: _Rows, rng: np.random.Generator) -> _Rows:
    """The ring's reactions to its own posts: a Like and an Announce of each, within the hour."""
    row, place = world.boosters.of(posts.author)
    row, actor = np.repeat(row, 2), np.repeat(world.boosters.other[place], 2)
    verb = np.tile([_LIKE, _ANNOUNCE], len(place))
    at = posts.at[row] + 20 + (rng.random(len(row)) * 3500).astype(np.int64)
    rows = posts.where(row)._replace(at=at, verb=verb, actor=actor)
    return rows.where(at < world.end)


def _reactions(world: World, posts: _Rows, rng: np.random.Generator) -> Iterator[_Rows]:
    """Honest people's reactions to `posts`: of the authors' followers, then of the followers of who passed them on."""
    followers = _moved(world, posts, (np.arange(len(posts.at)), posts.author, posts.at), rng)
    viral = _viral_readers(world, posts, rng)
    post, reader, seen = (np.concatenate(columns) for columns in zip(followers, viral, strict=True))
    key, first = np.unique(post * world.crowd.people + reader, return_index=True)
    rows, on = _reacted(world, posts, (post[first], reader[first], seen[first]), rng)
    yield rows
    # Nobody looks at what is passed on of the ring's posts.
    passed = (rows.verb == _ANNOUNCE) & (rows.author < world.crowd.honest)
    post, reader, seen = _moved(world, posts, (on[passed], rows.actor[passed], rows.at[passed]), rng)
    later, first = np.unique(post * world.crowd.people + reader, return_index=True)
    first = first[~np.isin(later, key)]
    rows, _ = _reacted(world, posts, (post[first], reader[first], seen[first]), rng)
    yield rows


def _moved(world: World, posts: _Rows, shown: _Sights, rng: np.random.Generator) -> _Sights:
    """Which followers of the people in `shown`, who show them a post each, react to it."""
    post, via, when = shown
    row, place = world.followers.of(via)
    known = world.since[place] <= when[row]
    row, reader = row[known], world.followers.other[place[known]]
    author = posts.author[post[row]]
    chance = SEEN * world.crowd.chance(author, reader, posts.topic[post[row]])
    moved = (rng.random(len(row)) < chance) & (reader != author)
    return post[row[moved]], reader[moved], when[row[moved]]


def _reacted(world: World, posts: _Rows, sights: _Sights, rng: np.random.Generator) -> tuple[_Rows, Ints]:
    """The reactions of people who are moved by what they see, and the position in `posts` of each one's post."""
    post, reader, seen = sights
    at = seen + _delays(seen, rng)
    verb = np.searchsorted(np.cumsum(list(VERB_SHARES.values()))[:-1], rng.random(len(at)), side="right")
    kept = (at < world.end) & ((reader != world.holiday) | (at < world.quiet_from))
    return posts.where(post)._replace(at=at, verb=verb, actor=reader).where(kept), post[kept]


def _viral_readers(world: World, posts: _Rows, rng: np.random.Generator) -> _Sights:
    """Who is moved by the viral post besides followers: nobody on other days."""
    hit = np.flatnonzero((posts.author == world.viral) & (posts.at // DAY * DAY == _viral_day(world)))[-1:]
    chance = _VIRAL_SEEN * np.minimum(1.0, _VIRAL_TRAIT * world.crowd.keen) * (len(hit) > 0)
    chance[world.viral] = 0.0
    reader = np.flatnonzero(rng.random(world.crowd.people) < chance)
    post = np.repeat(hit, len(reader))
    return post, reader, posts.at[post]


def _delays(since: Ints, rng: np.random.Generator) -> Ints:
    """Seconds until people react to what they have had in front of them `since`: mostly hours; at night they sleep."""
    seconds = _DELAY * np.exp(1.6 * rng.standard_normal(len(since)))
    delay: Ints = np.clip(seconds, 30, _LONGEST_DELAY).astype(np.int64)
    hour = (since + delay) % DAY // 3600
    asleep = (hour < 6) & (rng.random(len(since)) < 0.8)
    delay[asleep] += 7 * 3600
    return delay


def _records(rows: _Rows, accounts: Sequence[str], tag: str) -> list[Activity]:
    """The rows as activity, by time, then id."""
    tagged = [(topic,) for topic in TOPICS]
    found = []
    rows = rows.where(np.argsort(rows.at, kind="stable"))
    for at, verb, actor, author, number, topic in zip(*(column.tolist() for column in rows), strict=True):
        who, whose = accounts[actor], accounts[author]
        if verb == _FOLLOW:
            found.append(Activity(f"{who}/{tag} Follow {whose}", "simulated", "Follow", who, whose, None, at, at))
            continue
        post = f"{whose}/{tag}-{number}"
        name = _VERBS[verb]
        id_ = f"{post} {name}" if verb == _CREATE else f"{post} {name} {who}"
        found.append(Activity(id_, "simulated", name, who, whose, post, at, at, tagged[topic]))
    found.sort(key=lambda activity: (activity.at, activity.id))
    return found
