//! What OpenAI counts (wire reference, OpenAI §11).

use crate::policy::tokens::{Around, Families, Family, Images, Rule, Rules, Weights};

/// Models by how they count. What is newer than the list counts like the newest.
pub(super) static TOKENS: Families = Families {
    by_name: &[
        ("gpt-4o-mini", &of(&O200K, tiles(2833, 5667))),
        ("gpt-4.1-mini", &of(&O200K, patches(104))),
        ("gpt-4.1-nano", &of(&O200K, patches(158))),
        ("gpt-4o", &TILED),
        ("gpt-4.", &TILED),
        ("chatgpt-4o", &TILED),
        ("gpt-4", &of(&CL100K, tiles(85, 170))),
        ("gpt-3.5", &of(&CL100K, tiles(85, 170))),
        ("o4-mini", &of(&O200K, patches(110))),
        ("o1", &of(&O200K, tiles(75, 150))),
        ("o3", &of(&O200K, tiles(75, 150))),
        ("gpt-5-mini", &of(&O200K, patches(104))),
        ("gpt-5-nano", &of(&O200K, patches(158))),
        ("gpt-5.1", &GPT_5),
        ("gpt-5.2", &GPT_5),
        ("gpt-5.3", &GPT_5),
        ("gpt-5.", &LATEST),
        ("gpt-5", &GPT_5),
    ],
    other: &LATEST,
};

static TILED: Family = of(&O200K, tiles(85, 170));
static GPT_5: Family = of(&O200K, tiles(70, 140));
static LATEST: Family = of(&O200K, ORIGINAL);

const fn of(weights: &'static Weights, images: Images) -> Family {
    Family {
        weights,
        images,
        rules: &RULES,
    }
}

/// Scaled to 768 by 2048 pixels an image has at most eight tiles.
const fn tiles(base: u32, tile: u32) -> Images {
    Images {
        rule: Rule::Tiles { base, tile },
        low: base,
        most: base + 8 * tile,
    }
}

/// At most 1536 patches, each of so many 64ths of a token.
const fn patches(each: u32) -> Images {
    Images {
        rule: Rule::Patches(each),
        low: 0,
        most: 1536 * each / 64,
    }
}

/// `detail: "original"` keeps up to 10,000 patches; 1.2 tokens for each were recorded.
const ORIGINAL: Images = Images {
    rule: Rule::Patches(77),
    low: 0,
    most: 10_000 * 77 / 64,
};

static RULES: Rules = Rules {
    kind: "openai",
    usual: Around {
        request: 4,
        message: 3,
        tools: 19,
        tool: 0,
        call: 12,
        thinking: 0,
        format: 0,
        answer: 2,
    },
    most: Around::MOST,
    per_byte: (64, 64),
    schema: 28,
    answer_schema: 58,
    state: 4,
    page: 1000,
    second: 10,
    hidden: &[
        "tools",
        "web_search_options",
        "previous_response_id",
        "conversation",
        "context_management",
        "prompt",
        "plugins",
    ],
    reasons_apart: false,
};

/// o200k_base.
static O200K: Weights = Weights {
    word: 62,
    joined: 0,
    joined_letter: 4,
    after_mark: 0,
    letter_past_4: 2,
    capital: 0,
    title: 11,
    digits: 36,
    digit_group: 49,
    digit: 0,
    spaces: 26,
    lines: 49,
    marks: 43,
    mark: 8,
    mark_again: 10,
    accented: 21,
    accented_word: 89,
    cyrillic: 24,
    semitic: 23,
    indic: 26,
    han: 51,
    kana: 47,
    hangul_word: 91,
    hangul: 13,
    symbol: 61,
    astral: 104,
};

/// cl100k_base, of GPT-4 and older.
static CL100K: Weights = Weights {
    word: 62,
    joined: 0,
    joined_letter: 5,
    after_mark: 0,
    letter_past_4: 2,
    capital: 0,
    title: 11,
    digits: 33,
    digit_group: 51,
    digit: 0,
    spaces: 28,
    lines: 45,
    marks: 46,
    mark: 6,
    mark_again: 10,
    accented: 19,
    accented_word: 189,
    cyrillic: 43,
    semitic: 55,
    indic: 94,
    han: 71,
    kana: 63,
    hangul_word: 0,
    hangul: 69,
    symbol: 64,
    astral: 165,
};
