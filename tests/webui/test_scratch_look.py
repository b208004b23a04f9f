import pytest
pytestmark=[pytest.mark.browser]
def test_form(page):
    import time
    for scheme,size in (("light",(1280,800)),("dark",(360,740))):
        page.set_viewport_size({"width":size[0],"height":size[1]}); page.emulate_media(color_scheme=scheme)
        page.goto("/portfolio")
        page.wait_for_load_state("networkidle")
        time.sleep(2)
        page.screenshot(path=f"/tmp/web-shots/form-{scheme}.png", full_page=True)
