"""The demo's data fits together, and its past is one that could have been."""

from __future__ import annotations

import pytest

from ucc.demo.company import read_company, read_stories
from ucc.demo.history import CONVERSATIONS, DAYS, episodes
from ucc.demo.stage import Script
from ucc.domain.states import Author, EntryKind, Locale, SystemCode

NOW_MS = 1_795_305_600_000
COMPANY = read_company()
STORIES = read_stories()
EPISODES = episodes(COMPANY, STORIES, NOW_MS)


def test_everything_named_exists():
    skills = {skill.name for skill in COMPANY.skills}
    people = {person.email for person in COMPANY.people}
    queues = {queue.name for queue in COMPANY.queues}
    tags = {tag.name for tag in COMPANY.tags}
    outcomes = {one.name for one in COMPANY.dispositions}
    assert all(set(person.levels) <= skills for person in COMPANY.people)
    assert all(set(queue.requirement) <= skills for queue in COMPANY.queues)
    assert all(contact.owner in {None, *people} and set(contact.tags) <= tags for contact in COMPANY.contacts)
    for story in STORIES:
        assert story.queue in queues
        assert story.disposition in outcomes
        assert set(story.tags) <= tags
        assert story.lines[0][0] == "c"


def test_the_promised_logins_are_there():
    emails = {person.email: person.role for person in COMPANY.people}
    assert emails == {
        "admin@demo.test": "admin",
        "supervisor@demo.test": "supervisor",
        **{f"agent{number}@demo.test": "agent" for number in range(1, 6)},
    }


def test_agent1_alone_can_serve_every_queue_in_english_and_chinese():
    levels = next(person.levels for person in COMPANY.people if person.email == "agent1@demo.test")
    for queue in COMPANY.queues:
        for language in ("English", "中文"):
            needed = queue.requirement | {language: 1}
            assert all(levels.get(name, 0) >= level for name, level in needed.items()), queue.name


def test_there_are_stories_and_templates_in_both_languages():
    assert {"en", "zh-CN"} <= {story.language for story in STORIES}
    assert {Locale.EN, Locale.ZH_CN, Locale.ZH_TW} <= {template.locale for template in COMPANY.templates}


def test_the_past_is_the_same_each_time_and_over():
    assert episodes(COMPANY, STORIES, NOW_MS) == EPISODES
    assert len(EPISODES) == CONVERSATIONS
    assert all(NOW_MS - (DAYS + 2) * 86_400_000 < one.started_at_ms < NOW_MS for one in EPISODES)


@pytest.mark.parametrize("number", range(CONVERSATIONS))
def test_each_conversation_of_the_past_runs_forwards(number: int):
    one = EPISODES[number]
    times = [line.at_ms for line in one.lines]
    assert times == sorted(times)
    assert one.started_at_ms == times[0]
    assert one.lines[0].author is Author.CONTACT
    assert all(line.person for line in one.lines if line.author is Author.AGENT)
    codes = [line.system.code for line in one.lines if line.system]
    assert set(codes) <= set(SystemCode)
    if one.agent is None:
        assert codes == ["queued", "abandoned"]
    else:
        assert one.started_at_ms < (one.answered_at_ms or 0) < one.ended_at_ms < one.closed_at_ms
        assert codes[:2] == ["queued", "joined"]
        said = [line.text for line in one.lines if line.kind is not EntryKind.SYSTEM]
        assert said == [text for _, text in one.story.lines]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.topic)
def test_a_played_story_says_every_line_once_in_turn(story):
    script = Script(story)
    contact, agent = 1, 0
    played = [("c", script.contact_lines[0])]
    for line in script.next_block(0)[1:]:
        played.append(("c", line))
        contact += 1
    while not script.is_over(contact, agent):
        replies = script.replies(contact, agent)
        played += replies
        agent += len(replies)
        block = script.next_block(contact)
        played += [("c", line) for line in block]
        contact += len(block)
        assert replies or block, "the story stands still"
    assert played == [tuple(line) for line in story.lines]
