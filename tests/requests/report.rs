//! The figures of the comparison.

use std::collections::BTreeMap;
use std::fmt;

use super::rules::RULES;
use super::same::NORMALISATIONS;
use super::{Never, Recorded, Rewritten, Sameness};

/// What became of one.
#[derive(Clone, Copy)]
enum Outcome {
    Never,
    Different,
    ByRules,
    Equal,
}

/// How often what was seen, by name.
type Counts<K> = BTreeMap<K, usize>;

/// What became of all recorded requests.
#[derive(Default)]
pub struct Figures {
    dialects: BTreeMap<String, [usize; 4]>,
    unsayable: Counts<String>,
    refused: Vec<(u64, String)>,
    normalised: Counts<&'static str>,
    rules: Counts<&'static str>,
    options: Counts<String>,
    said: Counts<&'static str>,
    different: Vec<String>,
    elided: usize,
    by_vocabulary_alone: usize,
    /// With tool results, tagged so, with thinking: recorded, of them the same.
    history: [[usize; 2]; 3],
    /// What warnings on requests without any difference are about.
    warned: Counts<String>,
    decoded: usize,
    states: usize,
}

impl Figures {
    pub fn of(recordings: &[Recorded]) -> Self {
        let mut figures = Self::default();
        recordings.iter().for_each(|recorded| figures.add(recorded));
        figures
    }

    fn add(&mut self, recorded: &Recorded) {
        let outcome = self.compare(recorded);
        self.elided += usize::from(recorded.elided);
        let row = self.dialects.entry(format!("{:?}", recorded.dialect));
        row.or_default()[outcome as usize] += 1;
        let history = recorded.history();
        let kinds = [history.results, history.tagged, history.thinking];
        for (count, has) in self.history.iter_mut().zip(kinds) {
            let same = matches!(outcome, Outcome::ByRules | Outcome::Equal);
            count[0] += usize::from(has);
            count[1] += usize::from(has && same);
        }
    }

    fn compare(&mut self, recorded: &Recorded) -> Outcome {
        let ours = match recorded.rewritten() {
            Ok(ours) => ours,
            Err(Never::Unsayable(reason)) => {
                count(&mut self.unsayable, reason);
                return Outcome::Never;
            }
            Err(Never::Refused(reason)) => {
                self.refused.push((recorded.status, reason));
                return Outcome::Never;
            }
        };
        self.decoded += ours.decoded;
        self.states += ours.states;
        match recorded.compared(&recorded.body, &ours) {
            Ok(same) => self.same(same, ours),
            Err(why) => {
                let why = why.join("\n    ");
                self.different.push(format!("{}\n    {why}", recorded.id));
                Outcome::Different
            }
        }
    }

    fn same(&mut self, same: Sameness, ours: Rewritten) -> Outcome {
        let equal = same.rules.is_empty();
        self.by_vocabulary_alone += usize::from(equal && ours.options.is_empty());
        same.normalised
            .into_iter()
            .for_each(|it| count(&mut self.normalised, it));
        same.rules
            .into_iter()
            .for_each(|it| count(&mut self.rules, it));
        ours.options
            .into_iter()
            .for_each(|it| count(&mut self.options, it));
        ours.said
            .into_iter()
            .for_each(|it| count(&mut self.said, it));
        if !equal {
            return Outcome::ByRules;
        }
        let fields = ours.warnings.into_iter().filter_map(|it| it.field);
        fields.for_each(|it| count(&mut self.warned, it));
        Outcome::Equal
    }

    /// How many recorded requests there are of an outcome.
    fn total(&self, outcome: Outcome) -> usize {
        self.dialects
            .values()
            .map(|row| row[outcome as usize])
            .sum()
    }

    pub fn different(&self) -> usize {
        self.different.len()
    }

    fn expressible(&self) -> usize {
        let outcomes = [Outcome::Different, Outcome::ByRules, Outcome::Equal];
        outcomes.map(|it| self.total(it)).iter().sum()
    }

    pub fn share_without_rules(&self) -> f64 {
        self.total(Outcome::Equal) as f64 / self.expressible() as f64
    }

    /// What we refuse although the provider took it. A request without messages
    /// loads a model into memory or out of it: no chat.
    pub fn refused_but_answered(&self) -> usize {
        let taken = |(status, reason): &&(u64, String)| {
            *status < 400 && !reason.starts_with("messages: the list is empty")
        };
        self.refused.iter().filter(taken).count()
    }
}

fn count<K: Ord>(counts: &mut Counts<K>, key: K) {
    *counts.entry(key).or_default() += 1;
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for different in &self.different {
            writeln!(f, "different: {different}")?;
        }
        let expressible = self.expressible();
        let recorded = expressible + self.total(Outcome::Never);
        writeln!(
            f,
            "{recorded} recorded requests with a body, {expressible} expressible"
        )?;
        writeln!(
            f,
            "{} of them equal ({:.1} %), {} more by rules, {} different",
            self.total(Outcome::Equal),
            100.0 * self.share_without_rules(),
            self.total(Outcome::ByRules),
            self.different.len(),
        )?;
        writeln!(
            f,
            "{} of the equal ones without provider_options, but for said defaults",
            self.by_vocabulary_alone
        )?;
        writeln!(f, "\ndialect: not written anew, different, by rules, equal")?;
        for (dialect, row) in &self.dialects {
            writeln!(f, "  {dialect}: {row:?}")?;
        }
        writeln!(
            f,
            "\nnormalisations, and how many recorded bodies they changed"
        )?;
        writeln!(
            f,
            "  {:>4} base64 the recordings have cut, by other base64",
            self.elided
        )?;
        for it in &NORMALISATIONS {
            let times = self.normalised.get(it.name).unwrap_or(&0);
            writeln!(f, "  {times:>4} {}", it.name)?;
        }
        writeln!(f, "\nrules, and how many requests needed them")?;
        for rule in &RULES {
            let times = self.rules.get(rule.name).unwrap_or(&0);
            writeln!(f, "  {times:>4} {}: {}", rule.name, rule.why)?;
        }
        writeln!(
            f,
            "\ndefaults of the API said through provider_options, since ours are others: {:?}",
            self.said
        )?;
        writeln!(
            f,
            "fields without a word of ours, through provider_options: {:?}",
            self.options
        )?;
        writeln!(f, "not expressible: {:?}", self.unsayable)?;
        for (status, reason) in &self.refused {
            writeln!(f, "refused by us, answered with {status}: {reason}")?;
        }
        writeln!(f, "warnings on equal requests: {:?}", self.warned)?;
        let [results, tagged, thinking] = self.history;
        writeln!(
            f,
            "\nwith tool results: {}, {} the same",
            results[0], results[1]
        )?;
        writeln!(
            f,
            "with the tag tool-result: {}, {} the same",
            tagged[0], tagged[1]
        )?;
        writeln!(
            f,
            "with thinking history: {}, {} the same",
            thinking[0], thinking[1]
        )?;
        write!(
            f,
            "{} turns read by our decoders, {} of them with provider_state",
            self.decoded, self.states
        )
    }
}
