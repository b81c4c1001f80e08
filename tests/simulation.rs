//! Processes that spend from one ledger, die at any moment, and have clocks
//! that jump: whatever the schedule, the books are right after every write.
//!
//! `AIRCHER_SCHEDULES=1000000 cargo test --profile walk --test simulation` runs
//! the full count. A broken law names its seed; `AIRCHER_SEED=<seed>` runs it alone.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking and take their counts from the environment"
)]

mod sim;

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use aircher_llm::ledger::period::parse_date;
use aircher_llm::ledger::{Ledger, Period, Reservation, Rule, Setup, Zone, fixed_names};
use sim::client::{Asked, Client, LIMIT, clock, hear};
use sim::{COUNTED, Counts, Random, Shaky, World};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const DAY: u64 = 86_400_000;
const TURNS: u64 = 70;

type Task = Pin<Box<dyn Future<Output = ()>>>;

// ---- the processes --------------------------------------------------------

/// How a process spends: with the ledger, or as one is tempted to.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Ledger,
    Naive,
}

struct Process {
    name: String,
    ledger: Rc<Ledger<Shaky>>,
    tasks: Vec<Task>,
    /// How far its clock is off.
    off: i64,
}

struct Schedule {
    world: Rc<RefCell<World>>,
    asked: Rc<RefCell<Asked>>,
    processes: Vec<Process>,
    born: u64,
    way: Way,
}

impl Schedule {
    fn new(seed: u64, way: Way) -> Self {
        let mut random = Random(seed);
        let zones = [
            Zone::utc(),
            Zone::parse("+05:30").unwrap(),
            Zone::parse("-11:00").unwrap(),
            berlin(),
        ];
        // The ends of a year, a leap February, and of summer time.
        let ends = [
            "2027-01-01",
            "2028-02-29",
            "2028-03-01",
            "2100-03-01",
            "2026-03-29",
            "2026-10-25",
            "2026-12-01",
        ];
        let end = parse_date(ends[random.below(7) as usize]).unwrap() as u64 * DAY;
        let world = World {
            now: end - random.below(3) * 3_600_000 - random.below(60_000),
            zone: zones[random.below(4) as usize].clone(),
            owners: random.one_in(2).then(Vec::new),
            failing: [0, 50, 4][random.below(3) as usize],
            random: Some(random),
            ..World::default()
        };
        let mut schedule = Self {
            world: Rc::new(RefCell::new(world)),
            asked: Rc::default(),
            processes: Vec::new(),
            born: 0,
            way,
        };
        for _ in 0..2 + schedule.below(2) {
            let process = schedule.process();
            schedule.processes.push(process);
        }
        schedule
    }

    fn below(&self, n: u64) -> u64 {
        self.world.borrow_mut().random().below(n)
    }

    fn process(&mut self) -> Process {
        self.born += 1;
        let name = format!("p{}", self.born);
        let mut world = self.world.borrow_mut();
        if let Some(owners) = &mut world.owners {
            owners.push(name.clone());
        }
        let rule = |scope: &str, period, limit, alert| Rule {
            scope: scope.into(),
            period,
            limit: Some(limit),
            alert: Some(alert),
        };
        let setup = Setup {
            names: Some(fixed_names(&name, &"0".repeat(32))),
            zone: world.zone.clone(),
            rules: vec![
                rule("*", Period::Day, LIMIT, LIMIT / 2),
                rule("*", Period::Month, 3 * LIMIT, LIMIT),
                rule("k:team:a", Period::Day, LIMIT / 2, LIMIT / 4),
            ],
            ..Setup::default()
        };
        let ledger = Rc::new(Ledger::new(Shaky(Rc::clone(&self.world)), setup));
        Process {
            name,
            ledger,
            tasks: Vec::new(),
            off: 0,
        }
    }

    /// One thing happens.
    fn turn(&mut self) {
        let at = self.below(self.processes.len() as u64) as usize;
        match self.below(100) {
            0 => self.kill(at),
            1 => self.jump(at),
            2 => drop(self.processes[at].tasks.pop()),
            3..6 => self.pass_time(),
            _ if self.processes[at].tasks.len() < 2 && self.below(3) == 0 => {
                let task = self.task(at);
                self.processes[at].tasks.push(task);
            }
            _ => self.poll(at),
        }
    }

    fn kill(&mut self, at: usize) {
        let new = self.process();
        let dead = std::mem::replace(&mut self.processes[at], new);
        self.bury(&dead);
    }

    fn bury(&self, dead: &Process) {
        self.asked
            .borrow_mut()
            .exact
            .retain(|(name, ..)| *name != dead.name);
        if let Some(owners) = &mut self.world.borrow_mut().owners {
            owners.retain(|name| *name != dead.name);
        }
    }

    fn jump(&mut self, at: usize) {
        self.processes[at].off = match self.below(3) {
            0 => 0,
            1 => self.below(40 * DAY) as i64,
            _ => -(self.below(40 * DAY) as i64),
        };
    }

    fn pass_time(&self) {
        let most = [1_000, 60_000, 3_600_000, DAY][self.below(4) as usize];
        let ms = self.below(most);
        self.world.borrow_mut().now += ms;
    }

    fn poll(&mut self, at: usize) {
        let count = self.processes[at].tasks.len() as u64;
        if count == 0 {
            return;
        }
        let which = self.below(count) as usize;
        let tasks = &mut self.processes[at].tasks;
        if tasks[which]
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready()
        {
            drop(tasks.remove(which));
        }
    }

    fn task(&self, at: usize) -> Task {
        let process = &self.processes[at];
        let client = Client {
            name: process.name.clone(),
            ledger: Rc::clone(&process.ledger),
            world: Rc::clone(&self.world),
            asked: Rc::clone(&self.asked),
            off: process.off,
        };
        match (self.way, self.below(12)) {
            (Way::Naive, _) => {
                Box::pin(async move { client.spend_naively().await.unwrap_or_default() })
            }
            (_, 0) => Box::pin(async move { client.look_after().await }),
            _ => Box::pin(async move { client.spend().await }),
        }
    }

    /// The store recovers, the living finish, the dead are charged.
    fn finish(mut self) -> Option<String> {
        self.world.borrow_mut().failing = 0;
        for process in &mut self.processes {
            process.tasks.clear();
            let now = clock(&self.world, process.off);
            let wish = Reservation {
                id: format!("last-{}", process.name),
                amount: 1,
                deadline: now,
                ..Reservation::default()
            };
            let ledger = Rc::clone(&process.ledger);
            let done = complete(async move { ledger.reserve(&wish, now).await.is_ok() });
            let kept = process.ledger.kept();
            let name = &process.name;
            self.world.borrow_mut().law(done && kept == 0, || {
                format!("{name} still keeps {kept} settlements")
            });
        }
        self.check_asked();
        self.check_given_back();
        let heir = self.process();
        for process in std::mem::take(&mut self.processes) {
            self.bury(&process);
            self.hear(&process.ledger);
        }
        self.world.borrow_mut().owners = None;
        let latest = self
            .world
            .borrow()
            .known
            .values()
            .map(|known| known.deadline)
            .max()
            .unwrap_or_default();
        complete(async move { heir.ledger.recover(None, latest + DAY).await.unwrap() });
        let mut world = self.world.borrow_mut();
        let (reserved, has_open) = (world.reserved(), world.has_open());
        world.law(reserved == 0 && !has_open, || {
            format!("{reserved} are still reserved, open: {has_open}")
        });
        world.broken.take()
    }

    /// What a cancelled or failed wish may have set aside is given back.
    fn check_given_back(&self) {
        let asked = self.asked.borrow();
        let world = &mut *self.world.borrow_mut();
        let is_alive = |name: &str| self.processes.iter().any(|process| process.name == name);
        let stray = world.known.iter().find(|(id, known)| {
            known.state == "pending"
                && is_alive(&known.owner)
                && !id.starts_with("last")
                && !asked.granted.contains(id)
        });
        let stray = format!("{stray:?}");
        world.law(stray == "None", || format!("nobody was granted {stray}"));
    }

    /// What living processes settled exactly is in the books, cancelled calls included.
    fn check_asked(&self) {
        for (name, id, amount) in &self.asked.borrow().exact {
            let known = self
                .world
                .borrow()
                .known
                .get(id)
                .cloned()
                .unwrap_or_default();
            let is_true = known.is_deleted
                || (known.state == "posted" && known.actual == *amount && !known.estimated);
            self.world.borrow_mut().law(is_true, || {
                format!("{name} settled {id} with {amount}: {known:?}")
            });
        }
    }

    fn hear(&self, ledger: &Ledger<Shaky>) {
        hear(ledger, &self.asked, &self.world);
    }
}

#[track_caller]
fn complete<T>(future: impl Future<Output = T>) -> T {
    let mut future = Box::pin(future);
    for _ in 0..100_000 {
        if let std::task::Poll::Ready(output) = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            return output;
        }
    }
    panic!("it never ends");
}

/// Summer time as in Berlin in 2026 and 2028: enough for the ends of both.
fn berlin() -> Zone {
    Zone::named(
        "Europe/Berlin",
        Rc::new(|at| {
            let summer = [
                (1_774_746_000_000, 1_792_890_000_000),
                (1_837_645_200_000, 1_856_394_000_000),
            ];
            if summer.iter().any(|(from, to)| (*from..*to).contains(&at)) {
                120
            } else {
                60
            }
        }),
    )
}

// ---- the laws -------------------------------------------------------------

/// Runs one schedule; the first law it broke.
fn run(seed: u64, way: Way, is_careless: bool) -> (Option<String>, Counts) {
    let mut schedule = Schedule::new(seed, way);
    let world = Rc::clone(&schedule.world);
    world.borrow_mut().is_careless = is_careless;
    for _ in 0..TURNS {
        schedule.turn();
        if world.borrow().broken.is_some() {
            break;
        }
    }
    let mut broken = world.borrow_mut().broken.take();
    if broken.is_none() && way == Way::Ledger {
        broken = schedule.finish();
    }
    let counts = world.borrow().counts;
    (broken, counts)
}

/// Runs every second, third … schedule, as many as there are threads.
fn run_all(seeds: impl Iterator<Item = u64>) -> [u64; 10] {
    let mut sums = [0; 10];
    for seed in seeds {
        let (broken, counts) = run(seed, Way::Ledger, false);
        assert_eq!(broken, None, "AIRCHER_SEED={seed}");
        sums.iter_mut()
            .zip(counts.0)
            .for_each(|(sum, count)| *sum += count);
    }
    sums
}

#[cfg(target_arch = "wasm32")]
fn run_on_all_cores(seeds: std::ops::Range<u64>) -> [u64; 10] {
    run_all(seeds)
}

#[cfg(not(target_arch = "wasm32"))]
fn run_on_all_cores(seeds: std::ops::Range<u64>) -> [u64; 10] {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let start = |first| {
        let mine = seeds.clone().skip(first).step_by(cores);
        std::thread::spawn(move || run_all(mine))
    };
    let threads: Vec<_> = (0..cores).map(start).collect();
    let mut sums = [0; 10];
    for thread in threads {
        let counts = thread
            .join()
            .unwrap_or_else(|broken| std::panic::resume_unwind(broken));
        sums.iter_mut()
            .zip(counts)
            .for_each(|(sum, count)| *sum += count);
    }
    sums
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn the_books_are_right_whatever_happens() {
    let default = if cfg!(target_arch = "wasm32") {
        2_000
    } else {
        100_000
    };
    let count = number("AIRCHER_SCHEDULES").unwrap_or(default);
    let seeds = number("AIRCHER_SEED").map_or(0..count, |seed| seed..seed + 1);
    let counts = run_on_all_cores(seeds.clone());
    println!("{} schedules, 0 laws broken", seeds.end - seeds.start);
    for (name, times) in COUNTED.iter().zip(counts) {
        println!("{times:>10} {name}");
        assert!(
            times > 0 || count < 1_000 || seeds.end - seeds.start == 1,
            "never {name}"
        );
    }
}

/// In how many of 200 schedules a law was broken first.
fn laws_broken(way: Way, is_careless: bool, law: &str) -> usize {
    let broken = (0..200).filter_map(|seed| run(seed, way, is_careless).0);
    broken.filter(|broken| broken.contains(law)).count()
}

#[test]
fn looking_before_adding_overspends() {
    let found = laws_broken(Way::Naive, false, "was admitted");
    assert!(found > 20, "{found} of 200 schedules");
}

#[test]
fn a_store_that_is_not_atomic_is_found_out() {
    let found = laws_broken(Way::Ledger, true, "its reservations");
    assert!(found > 20, "{found} of 200 schedules");
}
