"""Languages of visitors: by script and little words; what is too short keeps the browser's."""

from __future__ import annotations

import pytest

from ucc.conversations import languages
from ucc.conversations.languages import language_of, language_skill, screen_locale
from ucc.domain.people import Skill
from ucc.domain.states import Locale


@pytest.mark.parametrize(
    ("text", "locale", "language"),
    [
        # what the words say wins over the browser
        ("Where is my order?", "zh-CN", "en"),
        ("I didn't get the refund yet", "de-DE", "en"),
        ("Wo ist meine Bestellung?", "en-US", "de"),
        ("Bonjour, je n'ai pas reçu ma commande", "en", "fr"),
        ("¿Dónde está mi pedido? No tengo el número", "en", "es"),
        ("Olá, onde está o meu pedido?", "en", "pt"),
        ("Ciao, dove è il mio ordine?", "en", "it"),
        ("Waar is mijn bestelling, ik heb nog niets", "en", "nl"),
        ("Apakah pesanan saya sudah ada di mana?", "en", "id"),
        ("Đơn hàng của tôi ở đâu?", "en", "vi"),
        ("Merhaba, siparişim nerede, teşekkürler", "en", "tr"),
        ("Dzień dobry, gdzie jest moje zamówienie", "en", "pl"),
        # and keeps its region where both agree
        ("Where is my order?", "en-GB", "en-GB"),
        ("Bila pesanan saya sampai, tolong", "ms_MY", "ms-MY"),
        # scripts
        ("我的订单在哪里？", "en-US", "zh-CN"),
        ("我的訂單在哪裡？", "en-US", "zh-TW"),
        ("我的訂單在哪裡？", "zh-HK", "zh-HK"),
        ("我張單喺邊", "en", "zh-TW"),
        ("你们什么时候发货", "zh-TW", "zh-CN"),
        ("你好", "zh-TW", "zh-TW"),
        ("你好", "en", "zh"),
        ("iPhone 15 Pro 有没有货", "en", "zh-CN"),
        ("Where is the order of 李娜?", "zh-CN", "en"),
        ("注文はどこですか", "en", "ja"),
        ("注文番号は ABC です", "ja", "ja"),
        ("제 주문은 어디에 있나요", "en", "ko"),
        ("Где мой заказ", "en", "ru"),
        ("Де моє замовлення", "uk-UA", "uk-UA"),
        ("أين طلبي", "en", "ar"),
        ("سفارش من کجاست", "fa", "fa"),
        ("คำสั่งซื้อของฉันอยู่ที่ไหน", "en", "th"),
        # too short, or no words at all
        ("hi", "zh-CN", "zh-CN"),
        ("ok thanks", "fr", "fr"),
        ("DHL 1042 A7", "zh-TW", "zh-TW"),
        ("iPhone Pro Max", "de", "de"),
        ("?", "", ""),
        ("", "en_SG", "en-SG"),
    ],
)
def test_the_language_is_what_is_written_and_else_what_the_browser_says(
    text: str, locale: str, language: str
) -> None:
    assert language_of(text, locale) == language


def test_two_languages_in_one_text_keep_the_browsers() -> None:
    assert language_of("Where is my order? Wo ist meine Bestellung?", "fr") == "fr"


def test_both_scripts_of_chinese_stand_side_by_side() -> None:
    assert len(languages._SIMPLIFIED) == len(languages._TRADITIONAL)
    assert not languages._ONLY_SIMPLIFIED & languages._ONLY_TRADITIONAL


def test_a_long_text_is_judged_by_its_beginning() -> None:
    assert language_of("Where is my order? " * 100_000, "zh-CN") == "en"


def test_language_skill_is_the_nearest_that_somebody_has() -> None:
    skills = [
        Skill(id=1, name="English", locale=Locale.EN),
        Skill(id=2, name="繁體", locale=Locale.ZH_TW),
        Skill(id=3, name="简体", locale=Locale.ZH_CN),
        Skill(id=4, name="Returns"),
    ]
    assert language_skill("zh-CN", skills) == 3
    assert language_skill("zh", skills) == 2
    assert language_skill("en-GB", skills) == 1
    assert language_skill("ms-MY", skills) is None
    assert language_skill("", skills) is None


@pytest.mark.parametrize(
    ("language", "locale"),
    [("zh", "zh-CN"), ("zh-HK", "zh-TW"), ("zh-Hant-MO", "zh-TW"), ("en-GB", "en"), ("fr", None), ("", None)],
)
def test_screens_speak_the_nearest_of_their_languages(language: str, locale: str | None) -> None:
    assert screen_locale(language) == locale
