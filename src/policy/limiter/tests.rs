//! Virtual time: fairness, every limit, what is given back; and that no minute sees more than it may.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;

/// A whole second, so that turns are easy to read.
const START: u64 = 1_798_761_600_000;

struct World {
    limiter: Limiter,
    limits: Limits,
    now_ms: u64,
}

impl World {
    fn new(limits: Limits) -> Self {
        Self {
            limiter: Limiter::default(),
            limits,
            now_ms: START,
        }
    }

    fn wish(&self, id: u64, tokens: u64) -> Wish {
        Wish {
            limits: self.limits,
            id,
            tokens,
            latest_ms: self.now_ms + LONGEST_MS,
            lease_ms: 600_000,
            chance: 0.5,
        }
    }

    fn ask(&mut self, id: u64, tokens: u64) -> Answer {
        let wish = self.wish(id, tokens);
        self.limiter.ask(&wish, self.now_ms)
    }

    /// Asks; what comes of it, in milliseconds from the start.
    fn told(&mut self, id: u64, tokens: u64) -> String {
        match self.ask(id, tokens) {
            Answer::Go(turn) => format!("go at {}", turn.at_ms - START),
            Answer::Queue(ms) => format!("queue for {ms}"),
            Answer::Late(ms) => format!("late by {ms}"),
        }
    }

    #[track_caller]
    fn check(&mut self, id: u64, expected: &str) {
        assert_eq!(self.told(id, 0), expected);
    }
}

fn requests(requests: u64) -> Limits {
    Limits {
        requests: Some(requests),
        ..Limits::default()
    }
}

fn tokens(tokens: u64) -> Limits {
    Limits {
        tokens: Some(tokens),
        ..Limits::default()
    }
}

fn concurrent(concurrent: u64) -> Limits {
    Limits {
        concurrent: Some(concurrent),
        ..Limits::default()
    }
}

#[test]
fn turns_are_given_in_the_order_of_asking() {
    let mut world = World::new(requests(2));
    for (id, expected) in [
        (1, "go at 0"),
        (2, "go at 0"),
        (3, "late by 61000"),
        (4, "late by 61000"),
    ] {
        world.now_ms = START;
        if id > 2 {
            // One millisecond less than the turn is away.
            let wish = Wish {
                latest_ms: START + 60_999,
                ..world.wish(id, 0)
            };
            let answer = world.limiter.ask(&wish, START);
            assert_eq!(answer, Answer::Late(61_000));
        } else {
            world.check(id, expected);
        }
    }
    world.now_ms = START + 10_000;
    for expected in ["go at 61000", "go at 61000", "late by 112000"] {
        world.check(9, expected);
    }
    world.now_ms = START + 62_000;
    world.check(10, "go at 122000");
}

#[test]
fn the_tokens_of_a_minute() {
    let mut world = World::new(tokens(100));
    assert_eq!(world.told(1, 60), "go at 0");
    assert_eq!(world.told(2, 50), "go at 61000", "what does not fit waits");
    assert_eq!(world.told(3, 40), "go at 0", "and holds up nobody");
    world.now_ms = START + 61_000;
    assert_eq!(
        world.told(4, 900),
        "go at 122000",
        "more than a minute has: alone"
    );
    assert_eq!(world.told(5, 50), "go at 61000", "there was a gap");
    assert_eq!(world.told(6, 1), "late by 122000");
}

#[test]
fn both_limits_hold() {
    let mut world = World::new(Limits {
        requests: Some(2),
        tokens: Some(100),
        concurrent: None,
    });
    assert_eq!(world.told(1, 90), "go at 0");
    assert_eq!(world.told(2, 20), "go at 61000", "too many tokens");
    assert_eq!(world.told(3, 5), "go at 0");
    assert_eq!(world.told(4, 5), "go at 61000", "too many requests");
}

#[test]
fn what_was_not_sent_is_given_back_and_tokens_are_corrected() {
    let mut world = World::new(requests(1));
    let Answer::Go(turn) = world.ask(1, 0) else {
        panic!("the first goes");
    };
    world.limiter.leave(1, Some(turn), None);
    world.check(2, "go at 0");
    let mut world = World::new(tokens(100));
    let Answer::Go(turn) = world.ask(1, 100) else {
        panic!("the first goes");
    };
    assert_eq!(world.told(2, 70), "go at 61000");
    world.limiter.leave(1, Some(turn), Some(30));
    assert_eq!(world.told(3, 70), "go at 0", "30 and 70 are 100");
    assert_eq!(world.told(4, 30), "go at 61000", "70 and 30 too");
    assert_eq!(world.told(5, 1), "late by 122000");
}

#[test]
fn a_line_keeps_its_order() {
    let mut world = World::new(concurrent(2));
    world.check(1, "go at 0");
    world.check(2, "go at 0");
    world.check(3, "queue for 50");
    world.check(4, "queue for 75");
    world.limiter.leave(1, None, None);
    world.check(5, "queue for 75");
    world.check(4, "queue for 50");
    world.check(3, "go at 0");
    world.limiter.leave(2, None, None);
    world.check(5, "queue for 50");
    world.check(4, "go at 0");
}

#[test]
fn who_is_gone_does_not_stand_in_the_way() {
    let mut world = World::new(concurrent(1));
    world.check(1, "go at 0");
    world.check(2, "queue for 50");
    world.check(3, "queue for 75");
    // The second never looks again, the first never leaves.
    world.now_ms += 10_051;
    world.check(3, "queue for 50");
    world.now_ms = START + 600_001;
    world.check(3, "go at 600001");
    world.limiter.keep(3, START + 2_000_000);
    world.now_ms = START + 1_900_000;
    world.check(4, "queue for 50");
}

#[test]
fn the_places_of_dead_owners_are_free_at_once() {
    let mut world = World::new(concurrent(1));
    let limiters = Limiters::default();
    let (dead, alive) = (limiters.ticket("dead"), limiters.ticket("alive"));
    assert!(dead < 1 << 53 && alive < 1 << 53);
    world.check(dead, "go at 0");
    world.check(alive, "queue for 50");
    world.limiter.bury(&["alive".into(), "other".into()]);
    world.check(alive, "go at 0");
}

#[test]
fn a_pause_holds_for_all_and_ends_with_a_spread() {
    let mut world = World::new(Limits::default());
    world.limiter.cool(START + 8_000);
    world.limiter.cool(START + 2_000);
    let mut at = |chance| {
        let wish = Wish {
            chance,
            ..world.wish(1, 0)
        };
        match world.limiter.ask(&wish, START) {
            Answer::Go(turn) => turn.at_ms - START,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!([at(0.0), at(0.5), at(1.0)], [8_000, 9_000, 10_000]);
    assert!(world.limiter.is_cooling(START + 7_999) && !world.limiter.is_cooling(START + 8_000));
    world.limiter.cool(START + 70_000);
    world.check(2, "late by 78750");
    world.limiter.cool(START + 9_000_000);
    world.check(3, "go at 0");
}

#[test]
fn a_thousand_wait_and_no_more() {
    let mut world = World::new(concurrent(3));
    for id in 0..1_003 {
        assert!(!matches!(world.ask(id, 0), Answer::Late(_)), "{id}");
    }
    assert_eq!(world.ask(2_000, 0), Answer::Late(QUEUE_MS));
    assert_eq!(
        world.ask(1_002, 0),
        Answer::Queue(MOST_QUEUE_MS),
        "known ones stay"
    );
    let mut world = World::new(requests(1_000));
    for id in 0..2_000 {
        assert!(matches!(world.ask(id, 0), Answer::Go(_)), "{id}");
    }
    assert!(matches!(world.ask(2_000, 0), Answer::Late(_)));
}

#[test]
fn a_wait_in_the_line_ends_with_the_patience_of_the_call() {
    let mut world = World::new(concurrent(1));
    world.check(1, "go at 0");
    let wish = Wish {
        latest_ms: START + 60,
        ..world.wish(2, 0)
    };
    assert_eq!(world.limiter.ask(&wish, START), Answer::Queue(50));
    assert_eq!(world.limiter.ask(&wish, START + 50), Answer::Late(50));
}

#[test]
fn the_document_says_all() {
    let mut world = World::new(Limits {
        requests: Some(2),
        tokens: Some(100),
        concurrent: Some(1),
    });
    world.told(7, 30);
    world.told(8, 40);
    world.limiter.cool(START + 500);
    let text = json::to_string(&world.limiter);
    assert_eq!(
        text,
        r#"{"cool":1798761600500,"minute":[1798761600,1,30],"line":[7,1798762200000,8,1798761610050]}"#
    );
    assert_eq!(Limiter::read(Some(&text)), world.limiter);
    for bad in [None, Some(""), Some("[]"), Some(r#"{"minute":[1]}"#)] {
        assert_eq!(Limiter::read(bad), Limiter::default());
    }
}

#[test]
fn a_clock_that_was_set_back_is_no_disaster() {
    let mut world = World::new(requests(1));
    world.now_ms = START + 86_400_000;
    world.check(1, "go at 86400000");
    world.now_ms = START;
    world.check(2, "go at 0");
}

// ---- simulation ------------------------------------------------------------------

/// A generator good enough to shuffle with (xorshift64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// A call of the simulation.
struct Caller {
    id: u64,
    tokens: u64,
    arrives_ms: u64,
    /// What it does next, and when.
    at_ms: u64,
    turn: Option<Turn>,
    lasts_ms: u64,
    /// It goes away while it waits.
    gives_up: bool,
    is_under_way: bool,
    /// Its place among those that were sent.
    sent: usize,
}

/// Plays some hundred calls that take no more tokens than was thought; what was sent when, the tokens it took, and how
/// many were under way at most.
fn play(seed: u64, limits: Limits) -> (Vec<(u64, u64)>, u64) {
    let mut chance = Chance(seed);
    let mut world = World::new(limits);
    let mut sent: Vec<(u64, u64)> = Vec::new();
    let (mut under_way, mut most) = (0_u64, 0);
    let mut callers: Vec<_> = (1..=300)
        .map(|id| {
            let arrives_ms = START + chance.below(200_000);
            Caller {
                id,
                tokens: chance.below(60),
                arrives_ms,
                at_ms: arrives_ms,
                turn: None,
                lasts_ms: chance.below(4_000),
                gives_up: chance.below(8) == 0,
                is_under_way: false,
                sent: 0,
            }
        })
        .collect();
    while let Some(first) = (0..callers.len()).min_by_key(|at| (callers[*at].at_ms, *at)) {
        let mut caller = callers.remove(first);
        world.now_ms = caller.at_ms;
        if caller.is_under_way {
            under_way -= 1;
            let used = caller.tokens - chance.below(caller.tokens + 1);
            sent[caller.sent].1 = used;
            world.limiter.leave(caller.id, caller.turn, Some(used));
            continue;
        }
        let is_due = caller.turn.is_some_and(|turn| turn.at_ms <= world.now_ms);
        if is_due {
            caller.sent = sent.len();
            sent.push((world.now_ms, caller.tokens));
            under_way += 1;
            most = most.max(under_way);
            caller.is_under_way = true;
            caller.at_ms += caller.lasts_ms;
            callers.push(caller);
            continue;
        }
        if caller.turn.is_some() || (caller.gives_up && caller.arrives_ms < world.now_ms) {
            world.limiter.leave(caller.id, caller.turn, None);
            continue;
        }
        match world.ask(caller.id, caller.tokens) {
            Answer::Go(turn) => {
                caller.turn = Some(turn);
                let waits_ms = turn.at_ms - world.now_ms;
                let goes = caller.gives_up && waits_ms > 0;
                caller.at_ms += if goes { waits_ms / 2 } else { waits_ms };
            }
            Answer::Queue(ms) => caller.at_ms += ms,
            Answer::Late(_) => {
                world.limiter.leave(caller.id, None, None);
                continue;
            }
        }
        callers.push(caller);
    }
    (sent, most)
}

#[test]
fn no_minute_sees_more_than_the_limit() {
    for seed in 1..=40 {
        let mut chance = Chance(seed * 0x9E37_79B9);
        let mut some = |limit| Some(1 + chance.below(limit)).filter(|most| most % 5 > 0);
        let limits = Limits {
            requests: some(60),
            tokens: some(1_500).map(|most| most + 60),
            concurrent: some(6),
        };
        let (sent, most) = play(seed, limits);
        assert!(!sent.is_empty(), "seed {seed}");
        assert!(most <= limits.concurrent.unwrap_or(u64::MAX), "seed {seed}");
        for (from_ms, _) in &sent {
            let minute = *from_ms..from_ms + 60_000;
            let seen: Vec<_> = sent.iter().filter(|(at, _)| minute.contains(at)).collect();
            let tokens: u64 = seen.iter().map(|(_, tokens)| tokens).sum();
            let requests = seen.len() as u64;
            assert!(
                requests <= limits.requests.unwrap_or(u64::MAX),
                "seed {seed}"
            );
            assert!(tokens <= limits.tokens.unwrap_or(u64::MAX), "seed {seed}");
        }
    }
}
