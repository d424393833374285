"""Which language a visitor writes, by script and by little words; short texts keep what the browser says.

py3langid knows 97 languages and costs 1 s of one core and 93 MiB when it is first asked, which is more than
a node has to spare for one question a chat. Scripts and the little words of eleven languages cost nothing and
tell apart what agents' skills tell apart; whatever they cannot tell stays with the browser's locale.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ucc.domain.people import Skill

LANGUAGE_LEVEL = 1  # of the language skill a visitor's words ask for
TEXT_CHARACTERS = 1_000  # of a text that are looked at
WORDS_MIN = 3  # of a text in Latin script, to say anything about its language
HITS_MIN = 2  # little words of a language, at least twice as many as of any other
TAG_CHARACTERS_MAX = 35

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LATIN_WORD = re.compile("[a-z\u00df-\u00f6\u00f8-\u024f\u1e00-\u1eff]+(?:['’][a-z]+)?")
# A script, the language it means unless the browser names another one that is written in it.
_SCRIPTS: tuple[tuple[re.Pattern[str], str, frozenset[str]], ...] = (
    (re.compile("[\u3040-\u30ff]"), "ja", frozenset({"ja"})),
    (re.compile("[\u1100-\u11ff\uac00-\ud7af]"), "ko", frozenset({"ko"})),
    (re.compile("[\u0e00-\u0e7f]"), "th", frozenset({"th"})),
    (re.compile("[\u0400-\u04ff]"), "ru", frozenset({"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn"})),
    (re.compile("[\u0600-\u06ff]"), "ar", frozenset({"ar", "fa", "ur", "ps", "ug", "ckb"})),
    (re.compile("[\u0590-\u05ff]"), "he", frozenset({"he", "iw", "yi"})),
    (re.compile("[\u0370-\u03ff]"), "el", frozenset({"el"})),
    (re.compile("[\u0900-\u097f]"), "hi", frozenset({"hi", "mr", "ne", "sa"})),
)
_SIMPLIFIED = (
    "们这说时对会过来请问题货单订发换还没关让给听见买卖费价钱网页账号码线电话邮软图视频机开启闭门马东"
    "车长间现级经济应该学写谁爱总从进运远选连达边欢适区医药团国处备复够头师习书吗"
)
_TRADITIONAL = (
    "們這說時對會過來請問題貨單訂發換還沒關讓給聽見買賣費價錢網頁帳號碼線電話郵軟圖視頻機開啟閉門馬東"
    "車長間現級經濟應該學寫誰愛總從進運遠選連達邊歡適區醫藥團國處備復夠頭師習書嗎"
)
_ONLY_SIMPLIFIED = frozenset(_SIMPLIFIED) - frozenset(_TRADITIONAL)
_ONLY_TRADITIONAL = frozenset(_TRADITIONAL) - frozenset(_SIMPLIFIED) | frozenset("嘅咗喺冇哋啲嚟佢")
_WORDS: dict[str, frozenset[str]] = {
    tag: frozenset(words.split())
    for tag, words in {
        "en": "the is are was my i you your we it to of and for in on have has not this that can do "
        "does how what where when why please with would like hello hi i'm i've don't didn't can't "
        "it's thanks",
        "de": "der die das ist sind war mein meine meiner ich sie wir es zu von und für im nicht ein "
        "eine den dem wie was wo wann warum bitte mit habe haben kann hallo danke auf noch auch",
        "fr": "le la les est sont mon ma mes je vous nous il elle de du des et pour dans pas un une ce "
        "cette comment où quand pourquoi avec ai avez bonjour merci sur que qui j'ai c'est n'ai",
        "es": "el los las es son mi mis yo usted nosotros de del y para en no un una este esta cómo qué "
        "dónde cuándo por favor con he tengo puede hola gracias está pero quiero",
        "pt": "o os as é são meu minha meus eu você nós de do da dos e para em não um uma este como que "
        "onde quando por favor com tenho pode olá obrigado obrigada está mas quero foi",
        "it": "il lo gli è sono mio mia miei io lei noi di del della e per non un una questo come che "
        "dove quando perché con ho può ciao grazie favore ma vorrei mi ordine",
        "nl": "de het een is zijn mijn ik u wij van en voor in niet dit dat hoe wat waar wanneer waarom "
        "met heb heeft kan hallo bedankt op maar graag nog ook",
        "id": "yang di ke dari dan untuk saya anda kami ini itu tidak ada bisa bagaimana apa kapan "
        "kenapa tolong dengan sudah belum halo terima kasih pesanan mana boleh adakah bila",
        "vi": "là của tôi bạn và cho không có được này đó thế nào đâu khi vì sao với đã chưa xin chào "
        "cảm ơn đơn hàng ở một các",
        "tr": "bir ve bu için ben siz biz değil var yok nasıl ne nerede zaman neden ile mi mı lütfen "
        "merhaba teşekkür teşekkürler siparişim benim çok",
        "pl": "jest są mój moja moje ja pan pani my do z i dla w nie to jak co gdzie kiedy dlaczego "
        "proszę mam może dzień dobry dziękuję na się czy",
    }.items()
}
_KIN = {"ms": "id"}  # told apart by the browser, not by little words


def language_of(text: str, locale: str) -> str:
    """Return the tag of the language a text is written in; where it does not tell, that of `locale`."""
    tag = locale.strip().replace("_", "-")[:TAG_CHARACTERS_MAX]
    base = tag.lower().partition("-")[0]
    seen = text[:TEXT_CHARACTERS]
    words = _LATIN_WORD.findall(seen.lower())
    for script, language, languages in _SCRIPTS:
        if len(script.findall(seen)) > len(words):
            return tag if base in languages else language
    han = _HAN.findall(seen)
    if han and len(han) >= len(words):
        return _chinese(han, tag)
    return _by_words(words, tag, base)


def _chinese(han: list[str], tag: str) -> str:
    """Return the variant the characters are of, or that of the browser where they are of both."""
    simplified = sum(one in _ONLY_SIMPLIFIED for one in han)
    traditional = sum(one in _ONLY_TRADITIONAL for one in han)
    wanted = screen_locale(tag) if tag.lower().startswith("zh") else None
    if simplified == traditional:
        return tag if wanted else "zh"
    found = "zh-CN" if simplified > traditional else "zh-TW"
    return tag if wanted == found else found


def _by_words(words: list[str], tag: str, base: str) -> str:
    if len(words) < WORDS_MIN:
        return tag
    hits = {language: sum(word in little for word in words) for language, little in _WORDS.items()}
    best = max(hits, key=lambda language: hits[language])
    own = _KIN.get(base, base)
    rest = max(count for language, count in hits.items() if language != best)
    is_clear = hits[best] >= HITS_MIN and hits[best] >= 2 * rest
    return best if is_clear and best != own else tag


def language_skill(language: str, skills: Iterable[Skill]) -> int | None:
    """Return the skill that speaks `language`: the same tag first, else the same language, else None."""
    wanted = language.lower()
    base = wanted.partition("-")[0]
    near: int | None = None
    for skill in sorted(skills, key=lambda one: one.id):
        spoken = (skill.locale or "").lower()
        if spoken and spoken == wanted:
            return skill.id
        if near is None and spoken and spoken.partition("-")[0] == base:
            near = skill.id
    return near


def screen_locale(language: str) -> str | None:
    """Return the locale of our screens nearest to a language tag, or None."""
    tag = language.lower()
    if tag.startswith("zh"):
        is_traditional = any(part in tag for part in ("hant", "tw", "hk", "mo"))
        return "zh-TW" if is_traditional else "zh-CN"
    return "en" if tag.startswith("en") else None
