"""Settings and contacts in a browser: what an admin writes is what the server has."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Crew, OpenPage
from tests.e2e.looks import violations
from tests.e2e.people import PASSWORD, Api, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

_numbers = itertools.count(1)


def fresh(name: str) -> str:
    """Return a name nothing else has in this run."""
    return f"{name} {next(_numbers)}"


async def sign_in(site: str, page: Page, email: str = "admin@demo.test", password: str = "demo") -> Page:
    """Sign in by the form."""
    await page.goto(f"{site}/console/")
    await page.get_by_label("Work e-mail").fill(email)
    await page.locator("input[type=password]").fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("navigation", name="Main").wait_for()
    return page


async def go(site: str, page: Page, path: str, heading: str) -> None:
    """Open a page of the console and wait for its heading."""
    await page.goto(f"{site}/console{path}")
    await page.get_by_role("heading", level=1, name=heading).wait_for()


async def find(admin: Api, path: str, name: str) -> dict[str, object]:
    """Return the one thing of a list with this name."""
    rows = (await admin("GET", f"{path}?limit=100"))["items"]
    return next(row for row in rows if row["name"] == name)


async def test_a_wrong_password_is_told_and_the_right_one_lets_in(site: str, open_page: OpenPage) -> None:
    page = await open_page()
    await page.goto(f"{site}/console/")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_text("Enter your e-mail.")).to_be_visible()
    await page.get_by_label("Work e-mail").fill("supervisor@demo.test")
    await page.locator("input[type=password]").fill("not it")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").get_by_text("E-mail or password is wrong.")).to_be_visible()
    await page.locator("input[type=password]").fill("demo")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("navigation", name="Main")).to_be_visible()


async def test_an_agent_has_no_door_to_settings(site: str, crew: Crew) -> None:
    page = await crew.seat(await crew.hire("Doorless"), on_queue=False)
    await expect(page.get_by_role("navigation", name="Main").get_by_role("link")).to_have_count(2)
    await page.goto(f"{site}/console/settings/people")
    await expect(page.get_by_role("heading", name="You may not open this page")).to_be_visible()


async def test_skill_levels_are_written_by_keyboard_alone(site: str, crew: Crew, open_page: OpenPage) -> None:
    names = (fresh("Keyboard One"), fresh("Keyboard Two"))
    ids = [(await crew.hire(name)).me["user"]["id"] for name in names]
    page = await sign_in(site, await open_page())
    await page.keyboard.press("Control+k")
    await page.keyboard.type("People")
    await page.keyboard.press("Enter")
    await page.get_by_role("tab", name="List").focus()
    await page.keyboard.press("ArrowRight")
    grid = page.get_by_role("grid")
    await grid.wait_for()
    await page.get_by_role("searchbox", name="Name or skill").focus()
    await page.keyboard.type("Keyboard")
    await expect(grid.get_by_role("row")).to_have_count(2 + 2 + 1)
    cell = grid.locator("[role=gridcell][tabindex='0']")
    await cell.focus()
    for key in ("3", "Shift+ArrowDown", "ArrowRight", "=", "Control+z", "7"):
        await page.keyboard.press(key)
    await expect(page.get_by_text("3 changes")).to_be_visible()
    await page.keyboard.press("Control+s")
    await expect(page.get_by_text("Saved")).to_be_visible()
    users = {user["id"]: user for user in (await crew.admin("GET", "/agents"))["items"]}
    changed = [[level for level in users[one]["skills"].values() if level != 9] for one in ids]
    assert sorted(map(sorted, changed)) == [[3], [3, 7]]


async def test_a_pasted_table_shows_what_it_would_change(site: str, crew: Crew, open_page: OpenPage) -> None:
    name = fresh("Pasted")
    user = (await crew.hire(name)).me["user"]["id"]
    page = await sign_in(site, await open_page())
    await go(site, page, "/settings/people/skills", "People")
    await page.get_by_role("button", name="Paste CSV").click()
    await page.get_by_label("Table").fill(f",English,中文,Klingon\n{name},4,99,1")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("1 change", exact=True)).to_be_visible()
    await expect(dialog.get_by_text("Klingon")).to_be_visible()
    await expect(dialog.get_by_text("99")).to_be_visible()
    await dialog.get_by_role("button", name="Apply").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    english = await find(crew.admin, "/skills", "English")
    agents = (await crew.admin("GET", "/agents"))["items"]
    assert next(one for one in agents if one["id"] == user)["skills"][str(english["id"])] == 4


async def test_a_person_is_made_and_deactivated_with_a_way_back(
    site: str, crew: Crew, open_page: OpenPage
) -> None:
    name = fresh("Newcomer")
    page = await sign_in(site, await open_page())
    await go(site, page, "/settings/people", "People")
    await page.get_by_role("button", name="Add a person").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill(name)
    await dialog.get_by_label("Work e-mail").fill("not an address")
    await dialog.get_by_label("First password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog.get_by_label("Work e-mail")).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("Work e-mail").fill(f"{name.replace(' ', '.')}@e2e.test")
    await dialog.get_by_role("button", name="Create").click()
    await page.get_by_role("button", name=name).click()
    await page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    await expect(page.get_by_text(f"{name} deactivated")).to_be_visible()
    assert (await find(crew.admin, "/users", name))["is_active"] is False
    await page.get_by_role("button", name="Undo").click()

    async def is_back() -> bool:
        return bool((await find(crew.admin, "/users", name))["is_active"])

    await eventually(is_back, "the person to be active again")


async def test_a_queue_is_written_as_a_sentence(site: str, crew: Crew, open_page: OpenPage) -> None:
    name = fresh("Sentence")
    page = await sign_in(site, await open_page())
    await go(site, page, "/settings/queues/new", "New queue")
    await page.get_by_label("Name").fill(name)
    await page.get_by_role("button", name="Ask for a skill").click()
    await page.get_by_role("menuitem", name=re.compile("^Billing")).click()
    await page.get_by_role("button", name=re.compile("^Skill: Billing")).click()
    await page.get_by_role("button", name="7", exact=True).click()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name=re.compile("^Offer time")).click()
    await page.get_by_role("textbox", name="Offer time").fill("3")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Create").click()
    blank = page.get_by_role("button", name=re.compile("^Offer time"))
    await expect(blank).to_have_accessible_description("Offer time: found 3 s, allowed is 5 s to 2 min")
    await expect(blank).to_be_focused()
    await blank.press("Enter")
    await page.get_by_role("textbox", name="Offer time").fill("20")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Create").click()
    await page.get_by_role("heading", level=1, name=name).wait_for()
    queue = await find(crew.admin, "/queues", name)
    billing = await find(crew.admin, "/skills", "Billing")
    assert queue["offer_s"] == 20
    assert queue["requirement"] == [{"skill_id": billing["id"], "level": 7}]
    await crew.admin("DELETE", f"/queues/{queue['id']}")


async def test_leaving_unsaved_changes_asks_first(site: str, open_page: OpenPage) -> None:
    page = await sign_in(site, await open_page())
    await go(site, page, "/settings/queues", "Queues")
    await page.get_by_role("link", name="Support", exact=True).click()
    switch = page.get_by_role("switch", name="Say the place and waiting time")
    await switch.click()
    await page.get_by_role("link", name="Tags", exact=True).click()
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    await dialog.get_by_role("button", name="Keep editing").click()
    await expect(page.get_by_text("1 change", exact=True)).to_be_visible()
    await page.go_back()
    await page.get_by_role("dialog").get_by_role("button", name="Discard and leave").click()
    await expect(page.get_by_role("heading", level=1, name="Queues")).to_be_visible()


async def test_opening_hours_refuse_what_overlaps(site: str, crew: Crew, open_page: OpenPage) -> None:
    name = fresh("Hours")
    page = await sign_in(site, await open_page())
    await go(site, page, "/settings/hours/new", "New hours")
    await page.get_by_label("Name").fill(name)
    await page.get_by_role("button", name="Add hours on Monday").click()
    await page.get_by_label("Monday, from").nth(1).fill("17")
    await expect(page.get_by_text("These hours overlap")).to_be_visible()
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_text("Some hours are not right yet.")).to_be_visible()
    await page.get_by_label("Monday, from").nth(1).fill("1930")
    await page.get_by_role("button", name="Copy Monday to the other working days").click()
    await page.get_by_role("button", name="Create").click()
    await page.get_by_role("heading", level=1, name=name).wait_for()
    hours = await find(crew.admin, "/hours", name)
    week = hours["week"]
    assert isinstance(week, dict)
    assert week["fri"] == week["mon"] == [["09:00", "18:00"], ["19:30", "22:00"]]
    await crew.admin("DELETE", f"/hours/{hours['id']}")


async def test_an_inbox_shows_the_real_widget_with_what_is_typed(site: str, open_page: OpenPage) -> None:
    page = await sign_in(site, await open_page())
    await go(site, page, "/settings/inboxes", "Inboxes")
    await page.locator(".row-link").first.click()
    widget = page.frame_locator("iframe[title=Preview]").last
    await expect(page.get_by_label("Snippet")).to_contain_text("/widget/v1.js")
    await page.get_by_role("textbox", name="Greeting: English").fill("Good day to you")
    await expect(widget.get_by_text("Good day to you")).to_be_visible()
    await page.get_by_role("button", name="Discard").click()
    await expect(widget.get_by_text("Good day to you")).to_have_count(0)


async def test_the_secret_of_a_key_is_shown_once(site: str, crew: Crew, open_page: OpenPage) -> None:
    name = fresh("Key")
    page = await sign_in(site, await open_page())
    await go(site, page, "/settings/api-keys", "API keys")
    await page.get_by_role("button", name="Add a key").first.click()
    await page.get_by_role("dialog").get_by_label("Name").fill(name)
    await page.get_by_role("dialog").get_by_role("button", name="Create").click()
    await expect(page.get_by_text("a key needs at least one scope")).to_be_visible()
    await page.get_by_role("checkbox", name="contacts.read").check()
    await page.get_by_role("dialog").get_by_role("button", name="Create").click()
    await expect(page.get_by_label("Secret")).to_contain_text(re.compile(r"^ucc_\d+_"))
    await page.get_by_role("button", name="I have kept it").click()
    await page.reload()
    await expect(page.get_by_text(name)).to_be_visible()
    await expect(page.get_by_label("Secret")).to_have_count(0)
    await crew.admin("DELETE", f"/api-keys/{(await find(crew.admin, '/api-keys', name))['id']}")


async def test_outcomes_keep_the_order_given_to_them(site: str, crew: Crew, open_page: OpenPage) -> None:
    name = fresh("Outcome")
    page = await sign_in(site, await open_page())
    await go(site, page, "/settings/dispositions", "Dispositions")
    await page.get_by_role("button", name="Add an outcome").click()
    await page.locator("li:last-child input:focus").fill(name)
    await page.get_by_role("button", name=f"Move {name} up").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    rows = (await crew.admin("GET", "/dispositions"))["items"]
    names = [row["name"] for row in sorted(rows, key=lambda row: row["position"])]
    assert names.index(name) == len(names) - 2
    await crew.admin("DELETE", f"/dispositions/{(await find(crew.admin, '/dispositions', name))['id']}")


async def test_contacts_are_found_in_chinese_edited_in_place_and_merged_with_undo(
    site: str, crew: Crew, open_page: OpenPage
) -> None:
    email = f"twin.{next(_numbers)}@e2e.test"
    kept = await crew.admin("POST", "/contacts", {"name": "欧阳晓明", "email": email})
    gone = await crew.admin("POST", "/contacts", {"name": "晓明", "email": email, "phone": "+60123450000"})
    page = await sign_in(site, await open_page())
    await go(site, page, "/contacts", "Contacts")
    await page.get_by_role("searchbox").fill("欧阳")
    await page.get_by_role("link", name="欧阳晓明").click()
    await page.get_by_role("button", name=re.compile("^Edit Phone")).click()
    await page.keyboard.type("+60129990000")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Edit Phone: +60129990000")).to_be_focused()
    assert (await crew.admin("GET", f"/contacts/{kept['id']}"))["phone"] == "+60129990000"
    await page.get_by_role("button", name="Compare with 晓明").click()
    await page.get_by_role("dialog").get_by_role("button", name="Merge").click()
    await expect(page.get_by_text("晓明 was merged")).to_be_visible()
    await expect(page.get_by_role("region", name="Possible duplicates")).to_have_count(0)
    assert (await crew.admin("GET", f"/contacts/{gone['id']}"))["id"] == kept["id"]
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("region", name="Possible duplicates")).to_be_visible()
    assert (await crew.admin("GET", f"/contacts/{gone['id']}"))["id"] == gone["id"]


async def test_status_is_changed_from_the_pill(site: str, crew: Crew) -> None:
    agent = await crew.hire("Pill")
    page = await crew.seat(agent)
    pill = page.get_by_role("button", name=re.compile("^Your status"))
    await expect(pill).to_contain_text("On queue")
    await pill.click()
    await page.get_by_role("menuitemcheckbox", name="Meal").click()
    await expect(pill).to_contain_text("Meal")
    presence = await agent("GET", "/presence/me")
    assert (presence["status"], presence["reason"]) == ("off_queue", "meal")


# --- queues in full, and who would get it --------------------------------------------------------------


async def test_a_queue_asks_a_tree_relaxes_and_shows_who_would_get_it_before_it_is_saved(
    site: str, crew: Crew, open_page: OpenPage
) -> None:
    name = fresh("Tree")
    queue = await crew.admin("POST", "/queues", {"name": name})
    picked = await crew.hire(fresh("Picked"))
    page = await sign_in(site, await open_page())
    await go(site, page, f"/settings/queues/{queue['id']}", name)
    tester = page.get_by_role("complementary", name="Who would get it?")
    person = picked.me["user"]["name"]
    await expect(tester.get_by_text("asks for no skill.")).to_be_visible()
    await page.get_by_role("button", name="Choice of the agent").click()
    await page.get_by_role("button", name="each agent in turn").click()
    await page.get_by_role("button", name="Add a condition").click()
    tree = page.get_by_role("group", name="Any of these")
    await tree.get_by_role("button", name="Add a condition").click()
    await page.get_by_role("menuitem", name="People").click()
    await tree.get_by_role("button", name="Add a person").click()
    await page.get_by_role("menuitem", name=person).click()
    await expect(tester.get_by_text(f"one of {person}")).to_be_visible()  # unsaved, and asked for already
    await page.get_by_role("button", name="Ask for less after a while").click()
    await tester.get_by_role("button", name="40 s").click()
    await expect(tester.get_by_text("Relaxation step 1 of 1 was in force.")).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("Control+s")
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    stored = (await crew.admin("GET", f"/queues/{queue['id']}"))["distribution"]
    assert stored["agent_choice"] == "round_robin"
    agents = {"type": "one_of_agents", "agent_ids": [picked.me["user"]["id"]]}
    assert stored["condition"] == {"type": "any_of", "of": [agents]}
    assert [step["after_s"] for step in stored["relaxation"]] == [40]


async def test_a_refused_policy_says_at_the_form_what_was_found_and_what_is_allowed(
    site: str, crew: Crew, open_page: OpenPage
) -> None:
    name = fresh("Refused")
    queue = await crew.admin("POST", "/queues", {"name": name})
    page = await sign_in(site, await open_page())
    await go(site, page, f"/settings/queues/{queue['id']}", name)
    await page.get_by_label("At most per agent").fill("0")
    await page.keyboard.press("Control+s")
    refused = page.get_by_role("alert").filter(has_text="At most per agent: found 0, allowed is 1 to 1,000")
    await expect(refused).to_be_visible()
