"""Takes the pictures in docs of a made-up community, at the width of a desk and of a phone, by day and by night."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import sync_playwright

from infra.local.served import serving
from tests.browser.chromium import chromium
from tests.browser.community import made_up, served

FOLDER: Final = Path(__file__).parents[2] / "docs/pictures"
DESK: Final = {"width": 880, "height": 1500}
PHONE: Final = {"width": 390, "height": 844}
TAKEN: Final = (
    ("home", DESK, "light"),
    ("profile", DESK, "light"),
    ("profile", DESK, "dark"),
    ("topic", DESK, "light"),
    ("method", DESK, "light"),
    ("profile", PHONE, "light"),
    ("compare", PHONE, "dark"),
)


def main() -> None:
    """Writes docs/pictures/PAGE-SIZE-SCHEME.png."""
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        made_up(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        with serving(Path(folder)) as address:
            community = served(address)
            for name, size, scheme in TAKEN:
                page = browser.new_page(viewport=size, color_scheme=scheme)
                page.goto(address + community.paths()[name])
                page.screenshot(path=FOLDER / f"{name}-{'phone' if size is PHONE else 'desk'}-{scheme}.png")
        browser.close()


if __name__ == "__main__":
    main()
