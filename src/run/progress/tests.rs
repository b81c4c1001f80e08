use super::*;
use expect_test::{Expect, expect};

fn line(status: &str, digest: &str, completed: u64, total: u64) -> Line {
    Line {
        status: status.into(),
        digest: digest.into(),
        total,
        completed,
        is_end: false,
    }
}

/// Each line as it comes, and what is told of it: time, then the fields.
#[track_caller]
fn check(lines: &[(f64, Line)], expected: Expect) {
    let mut progress = TaskProgress::default();
    progress.begin(0.0);
    expected.assert_eq(&story(&mut progress, lines));
}

fn story(progress: &mut TaskProgress, lines: &[(f64, Line)]) -> String {
    let mut story = String::new();
    for (now_ms, line) in lines {
        let new = if progress.take(line, *now_ms) {
            "!"
        } else {
            " "
        };
        story.push_str(&format!("{now_ms}{new}{}\n", progress.told(None)));
    }
    story
}

#[test]
fn layers_add_up_and_speed_is_measured() {
    check(
        &[
            (0.0, line("pulling manifest", "", 0, 0)),
            // What is there already counts, but did not come.
            (0.0, line("pulling a", "sha256:a", 500, 1_000)),
            (500.0, line("pulling a", "sha256:a", 750, 1_000)),
            (1_000.0, line("pulling a", "sha256:a", 1_000, 1_000)),
            (1_000.0, line("pulling b", "sha256:b", 0, 4_000)),
            (2_000.0, line("pulling b", "sha256:b", 3_000, 4_000)),
            (2_000.0, line("verifying sha256 digest", "", 0, 0)),
        ],
        expect![[r#"
            0!{"status":"pulling manifest","completed":0,"total":0,"bytes_per_second":null,"layers":[],"attempt":1}
            0!{"status":"pulling a","completed":500,"total":1000,"bytes_per_second":null,"layers":[{"digest":"sha256:a","completed":500,"total":1000}],"attempt":1}
            500 {"status":"pulling a","completed":750,"total":1000,"bytes_per_second":500,"layers":[{"digest":"sha256:a","completed":750,"total":1000}],"attempt":1}
            1000 {"status":"pulling a","completed":1000,"total":1000,"bytes_per_second":null,"layers":[{"digest":"sha256:a","completed":1000,"total":1000}],"attempt":1}
            1000!{"status":"pulling b","completed":1000,"total":5000,"bytes_per_second":500,"layers":[{"digest":"sha256:a","completed":1000,"total":1000},{"digest":"sha256:b","completed":0,"total":4000}],"attempt":1}
            2000 {"status":"pulling b","completed":4000,"total":5000,"bytes_per_second":1750,"layers":[{"digest":"sha256:a","completed":1000,"total":1000},{"digest":"sha256:b","completed":3000,"total":4000}],"attempt":1}
            2000!{"status":"verifying sha256 digest","completed":4000,"total":5000,"bytes_per_second":null,"layers":[{"digest":"sha256:a","completed":1000,"total":1000},{"digest":"sha256:b","completed":3000,"total":4000}],"attempt":1}
        "#]],
    );
}

#[test]
fn what_was_kept_over_a_break_did_not_come() {
    let mut progress = TaskProgress::default();
    progress.begin(0.0);
    story(
        &mut progress,
        &[
            (0.0, line("pulling a", "sha256:a", 0, 1_000)),
            (500.0, line("pulling a", "sha256:a", 400, 1_000)),
        ],
    );
    assert!(progress.is_further() && !progress.is_further());
    progress.begin(10_000.0);
    expect![[r#"
        10000 {"status":"pulling a","completed":380,"total":1000,"bytes_per_second":null,"layers":[{"digest":"sha256:a","completed":380,"total":1000}],"attempt":2}
        11000 {"status":"pulling a","completed":580,"total":1000,"bytes_per_second":200,"layers":[{"digest":"sha256:a","completed":580,"total":1000}],"attempt":2}
    "#]]
    .assert_eq(&story(
        &mut progress,
        &[
            (10_000.0, line("pulling a", "sha256:a", 380, 1_000)),
            (11_000.0, line("pulling a", "sha256:a", 580, 1_000)),
        ],
    ));
    assert!(progress.is_further() && progress.is_filling());
}

#[test]
fn only_the_last_seconds_count_for_speed() {
    let mut progress = TaskProgress::default();
    progress.begin(0.0);
    let steps = |from: u64, step| (0..=20_u64).map(move |at| (at, from + at * step));
    for (at, completed) in steps(0, 1_000) {
        progress.take(&line("x", "d", completed, 1 << 40), at as f64 * 500.0);
    }
    assert_eq!(progress.bytes_per_second(), Some(2_000));
    for (at, completed) in steps(20_000, 10) {
        progress.take(
            &line("x", "d", completed, 1 << 40),
            10_000.0 + at as f64 * 500.0,
        );
    }
    assert_eq!(progress.bytes_per_second(), Some(20));
}

#[test]
fn a_server_cannot_fill_the_memory_with_layers() {
    let mut progress = TaskProgress::default();
    progress.begin(0.0);
    for at in 0..2_000 {
        progress.take(&line("x", &format!("d{at}"), 1, u64::MAX), 0.0);
    }
    assert_eq!(progress.layers.len(), MOST_LAYERS);
    assert_eq!(progress.completed(), 1_000);
    assert_eq!(progress.sum(|layer| layer.total), u64::MAX);
}
