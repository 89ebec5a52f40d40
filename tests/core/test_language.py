from ipseval.core.language import LANGUAGES, words


def test_every_word_stands_in_both_languages_and_fills_the_same_blanks():
    import string

    for code, texts in words().items():
        blanks = [{f for _, f, _, _ in string.Formatter().parse(texts[lang]) if f} for lang in LANGUAGES]
        assert blanks[0] == blanks[1], code
        assert all(texts[lang].strip() for lang in LANGUAGES), code
