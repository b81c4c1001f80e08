//! What Claude counts (wire reference, Anthropic §6).

use crate::policy::tokens::{Around, Families, Family, Images, Rule, Rules, Weights};

/// Models by how they count: a new vocabulary came with Opus 4.7.
pub(super) static TOKENS: Families = Families {
    by_name: &[
        ("claude-opus-4-7", &NEW),
        ("claude-opus-4-8", &NEW),
        ("claude-opus-4.7", &NEW),
        ("claude-opus-4.8", &NEW),
        ("claude-opus-4", &OLD),
        ("claude-sonnet-4", &OLD),
        ("claude-haiku-4", &OLD),
        ("claude-2", &OLD),
        ("claude-3", &OLD),
    ],
    other: &NEW,
};

static OLD: Family = Family {
    weights: &FIRST,
    images: images(1600),
    rules: &RULES,
};

static NEW: Family = Family {
    weights: &SECOND,
    images: images(4784),
    rules: &RULES,
};

/// Larger images are scaled down to the most.
const fn images(most: u32) -> Images {
    Images {
        rule: Rule::Area(750),
        low: 0,
        most,
    }
}

static RULES: Rules = Rules {
    kind: "claude",
    usual: Around {
        request: 6,
        message: 1,
        tools: 480,
        tool: 20,
        call: 25,
        thinking: 29,
        format: 96,
        answer: 3,
    },
    most: Around {
        tools: 1024,
        tool: 128,
        call: 128,
        thinking: 256,
        format: 512,
        ..Around::MOST
    },
    // Capitals and the ends of words can be tokens of their own.
    per_byte: (96, 128),
    schema: 60,
    answer_schema: 105,
    state: 10,
    page: 2000,
    second: 0,
    hidden: &["tools", "mcp_servers", "container", "context_management"],
    reasons_apart: false,
};

/// The vocabulary of Claude 3 to Opus 4.6.
static FIRST: Weights = Weights {
    word: 61,
    joined: 0,
    joined_letter: 11,
    after_mark: 14,
    letter_past_4: 4,
    capital: 4,
    title: 19,
    digits: 30,
    digit_group: 43,
    digit: 0,
    spaces: 12,
    lines: 95,
    marks: 59,
    mark: 6,
    mark_again: 21,
    accented: 0,
    accented_word: 208,
    cyrillic: 34,
    semitic: 51,
    indic: 62,
    han: 77,
    kana: 50,
    hangul_word: 75,
    hangul: 61,
    symbol: 80,
    astral: 251,
};

/// The vocabulary since Opus 4.7.
static SECOND: Weights = Weights {
    word: 71,
    joined: 4,
    joined_letter: 12,
    after_mark: 18,
    letter_past_4: 18,
    capital: 28,
    title: 44,
    digits: 5,
    digit_group: 58,
    digit: 0,
    spaces: 22,
    lines: 74,
    marks: 59,
    mark: 11,
    mark_again: 49,
    accented: 0,
    accented_word: 211,
    cyrillic: 35,
    semitic: 51,
    indic: 62,
    han: 75,
    kana: 50,
    hangul_word: 69,
    hangul: 63,
    symbol: 66,
    astral: 255,
};
