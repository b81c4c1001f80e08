//! What Gemini counts (wire reference, Gemini §7).

use crate::policy::tokens::{Around, Families, Family, Images, Rule, Rules, Weights};

/// Models by how they count images.
pub(super) static TOKENS: Families = Families {
    by_name: &[("gemini-1", &CROPPED), ("gemini-2", &CROPPED)],
    other: &Family {
        weights: &WEIGHTS,
        images: Images {
            rule: Rule::Fixed(1090),
            low: 0,
            // With `mediaResolution` ultra high.
            most: 2240,
        },
        rules: &RULES,
    },
};

/// Images are scaled to 3072 pixels, of which the thinnest make 24 crops.
static CROPPED: Family = Family {
    weights: &WEIGHTS,
    images: Images {
        rule: Rule::Crops(258),
        low: 0,
        most: 24 * 258,
    },
    rules: &RULES,
};

static RULES: Rules = Rules {
    kind: "gemini",
    usual: Around {
        request: 0,
        message: 1,
        tools: 0,
        tool: 2,
        call: 0,
        thinking: 0,
        format: 0,
        answer: 0,
    },
    most: Around {
        request: 64,
        message: 32,
        tools: 512,
        tool: 64,
        call: 64,
        thinking: 64,
        format: 256,
        answer: 64,
    },
    per_byte: (64, 64),
    schema: 48,
    answer_schema: 0,
    state: 13,
    page: 530,
    second: 32,
    hidden: &["tools", "cachedContent", "contents"],
    reasons_apart: false,
};

/// The vocabulary of Gemma 3, which Gemini shares.
static WEIGHTS: Weights = Weights {
    word: 63,
    joined: 0,
    joined_letter: 6,
    after_mark: 15,
    letter_past_4: 1,
    capital: 1,
    title: 3,
    digits: 0,
    digit_group: 89,
    digit: 25,
    spaces: 38,
    lines: 82,
    marks: 59,
    mark: 1,
    mark_again: 8,
    accented: 5,
    accented_word: 109,
    cyrillic: 25,
    semitic: 23,
    indic: 22,
    han: 45,
    kana: 26,
    hangul_word: 72,
    hangul: 15,
    symbol: 67,
    astral: 64,
};
