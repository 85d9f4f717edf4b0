"""What a person sees and clicks, in headless Chromium: Airflow's forms, and our pages in the frame that Airflow puts them in.

Pictures of the pages are kept in the test's temporary folder.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from running_airflow import Running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator, Page

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.airflow,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]
WAIT = 30_000  # milliseconds; a first page of a cold Airflow on a busy machine


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def signed_in(chromium: "Browser", running: Running) -> "Callable[..., Page]":
    """A new window, somebody signed in through Airflow's own form."""

    @contextmanager
    def window(user: str = "admin", theme: str = "light", width: int = 1440) -> "Iterator[Page]":
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme="light")
        context.add_init_script(f"localStorage.setItem('theme', '{theme}')")
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.goto(running.airflow.url)
        page.fill("input[name=username]", user)
        page.fill("input[name=password]", running.airflow.password if user == "admin" else running.airflow.viewer_password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Common Ground").first.wait_for()
        yield page
        context.close()

    return window


def opened(page: "Page") -> "FrameLocator":
    """Our pages, opened from the bar on the left."""
    page.get_by_role("link", name="Common Ground").first.click()
    frame = page.frame_locator("iframe[title='Common Ground']")
    frame.locator(".tabs").wait_for()
    return frame


def background(frame: "FrameLocator") -> str:
    return frame.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")


def test_the_form_of_the_nightly_load_says_what_its_fields_are(signed_in: "Callable[..., Page]", running: Running, pictures: Path):
    with signed_in() as page:
        page.goto(f"{running.airflow.url}/dags/nightly_load")
        page.get_by_role("button", name="Trigger").first.click()
        dialog = page.get_by_role("dialog")
        for title in ("As of", "Families", "Full refresh"):
            dialog.get_by_text(title).first.wait_for()
        dialog.get_by_text("Which families of sources to load before enriching.").first.wait_for()
        page.screenshot(path=pictures / "form.png")


def test_the_groups_open_from_the_bar_inside_airflow(signed_in: "Callable[..., Page]", pictures: Path):
    with signed_in() as page:
        frame = opened(page)
        for name in ("now", "later", "evangelist"):
            assert int(frame.locator(f".tab-{name} .tab-count").inner_text()) > 0
        assert frame.locator("tbody tr").count() == int(frame.locator(".tab-now .tab-count").inner_text())
        page.screenshot(path=pictures / "now.png")
        frame.locator(".tab-evangelist").click()
        frame.locator(".tab-evangelist[aria-current]").wait_for()
        page.wait_for_url("**/plugin/commonground/**group=evangelist**")  # the address can be shared
        page.screenshot(path=pictures / "evangelist.png")


def test_a_contact_leads_to_a_card_with_evidence(signed_in: "Callable[..., Page]", pictures: Path):
    with signed_in() as page:
        frame = opened(page)
        name = frame.locator("tbody a.name").first.inner_text()
        frame.locator("tbody a.name").first.click()
        frame.locator("h1").get_by_text(name).wait_for()
        assert frame.locator("#why .evidence li").first.inner_text()
        assert frame.locator("#why .source").first.inner_text()
        assert frame.locator("#records tbody tr").count() >= 1
        page.screenshot(path=pictures / "card.png")


def test_a_match_in_doubt_takes_a_verdict_at_a_click_from_whoever_may_judge(
    signed_in: "Callable[..., Page]", running: Running, pictures: Path
):
    def judged(user: str, expected: str) -> None:
        with signed_in(user) as page:
            frame = opened(page)
            frame.get_by_role("link", name="Matches").click()
            row = frame.locator(".list-matches tbody tr").last
            row.get_by_role("button", name="Different people").click()
            row.locator("[role=status]", has_text=expected).wait_for()
            page.screenshot(path=pictures / f"matches-{user}.png")

    judged("viewer", "your login may not judge")
    file = running.town / "data" / "verdicts" / "verdicts.jsonl"
    before = file.read_text().count("\n") if file.exists() else 0
    judged("admin", "Sent: different people")
    end = time.monotonic() + 60
    while time.monotonic() < end and (not file.exists() or file.read_text().count("\n") == before):
        time.sleep(0.5)
    assert file.read_text().count("\n") == before + 1


def test_search_by_key_finds_a_person(signed_in: "Callable[..., Page]"):
    with signed_in() as page:
        frame = opened(page)
        name = frame.locator("tbody a.name").last.inner_text()
        search = frame.locator("input[name=q]")
        for _ in range(20):  # the keys listen once the page's script has run
            frame.locator("body").press("/")
            if search.evaluate("field => field === document.activeElement"):
                break
            page.wait_for_timeout(250)
        search.fill(name)
        search.press("Enter")
        frame.locator(".chip").wait_for()
        assert name in frame.locator("tbody a.name").all_inner_texts()


def test_a_link_outward_opens_a_window_although_the_frame_may_not(signed_in: "Callable[..., Page]"):
    with signed_in() as page:
        frame = opened(page)
        with page.context.expect_page() as news:
            frame.locator(".as-of a").click()
        assert news.value.url.endswith("/dags/nightly_load")


def test_the_csv_can_be_downloaded_from_inside_the_frame(signed_in: "Callable[..., Page]"):
    with signed_in() as page:
        frame = opened(page)
        with page.expect_download() as download:
            frame.get_by_role("link", name="CSV").click()
        assert download.value.suggested_filename.startswith("commonground-now-")
        assert download.value.path().read_text(encoding="utf-8").startswith("#,Name,Why,Evidence")


def test_a_viewer_may_read(signed_in: "Callable[..., Page]"):
    with signed_in("viewer") as page:
        assert opened(page).locator("tbody a.name").count() > 0


def test_the_pages_take_airflows_theme_and_its_change(signed_in: "Callable[..., Page]", pictures: Path):
    with signed_in(theme="light") as page:
        frame = opened(page)
        assert background(frame) == "rgb(255, 255, 255)"
        page.evaluate("localStorage.setItem('theme', 'dark')")
        frame.locator("html.dark").wait_for(state="attached")
        assert background(frame) == "rgb(22, 29, 45)"
    with signed_in(theme="dark") as page:
        frame = opened(page)
        assert background(frame) == "rgb(22, 29, 45)"
        page.screenshot(path=pictures / "dark.png")


def test_nothing_goes_wrong_in_the_browsers_console(signed_in: "Callable[..., Page]", running: Running):
    with signed_in() as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        outside: list[str] = []
        page.on("request", lambda request: outside.append(request.url) if not request.url.startswith(running.airflow.url) else None)
        for path in ("matches", "groups", "today"):
            page.goto(f"{running.airflow.url}/commonground/{path}")
        page.locator("tbody a.name").first.click()
        page.locator(".card").wait_for()
        assert complaints == []
        assert outside == []


def test_on_a_phone_the_rows_become_cards_that_fit(signed_in: "Callable[..., Page]", running: Running, pictures: Path):
    with signed_in(width=390) as page:
        for path in ("groups", "today", "matches"):
            page.goto(f"{running.airflow.url}/commonground/{path}")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert page.locator("tbody td").first.evaluate("cell => getComputedStyle(cell).display") == "block"
            page.screenshot(path=pictures / f"phone-{path}.png")


def test_the_lists_can_be_read_without_scripts(chromium: "Browser", signed_in: "Callable[..., Page]", running: Running):
    with signed_in() as page:
        cookies = page.context.cookies()
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"{running.airflow.url}/commonground/groups")
    assert page.locator("tbody a.name").count() > 0
    page.locator("input[name=q]").fill("zzzz")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("Show everybody").wait_for()
    context.close()
