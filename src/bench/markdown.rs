//! The report for readers: tables of mean ± deviation over seeds, and the claims.

use super::claims::{Claim, claims};
use super::measure::N_ORDERS;
use super::measures::{ClassAt, Measures, Nulls, PathAt, Prediction, Value};
use super::plan::Variant;
use super::report::{Report, Row, SuiteReport, Summary, ask};
use super::setting;
use super::words::{GLOSSARY, RULE};
use crate::train::method::Method;

/// One column of a table: its title, its numbers, how many digits.
type Column = (String, Box<dyn Fn(&Measures) -> Option<f64>>, usize);

fn column(title: &str, of: impl Fn(&Measures) -> Option<f64> + 'static) -> Column {
    (title.to_owned(), Box::new(of), 3)
}

/// A number without a leading zero.
fn short(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    match text.strip_prefix("0.") {
        Some(rest) => format!(".{rest}"),
        None => text.replace("-0.", "-."),
    }
}

/// What was not measured.
const NOTHING: &str = "–";

/// Mean ± deviation; a dash for what was not measured.
fn cell(summary: Option<Summary>, digits: usize) -> String {
    let Some(Summary { mean, deviation, n }) = summary else { return NOTHING.to_owned() };
    match n {
        1 => short(mean, digits),
        _ => format!("{} ± {}", short(mean, digits), short(deviation, digits)),
    }
}

fn table(rows: &[&Row], columns: &[Column]) -> String {
    let mut text = String::from("| |");
    columns.iter().for_each(|(title, ..)| text.push_str(&format!(" {title} |")));
    text.push_str("\n|---|");
    columns.iter().for_each(|_| text.push_str("---|"));
    text.push('\n');
    for row in rows {
        text.push_str(&format!("| {} |", row.title));
        for (_, of, digits) in columns {
            text.push_str(&format!(" {} |", cell(row.summary(of), *digits)));
        }
        text.push('\n');
    }
    text
}

fn main_columns(suite: &SuiteReport) -> Vec<Column> {
    let m = suite.n_observed;
    let mut all = vec![
        column(&format!("class from z_AGG, M = {m}"), ask::class_z_agg(m)),
        column(&format!("class from the mean of {m} z"), ask::class_z_mean(m)),
        column("class from one z", ask::class_z_mean(1)),
        column("R² of the action", ask::action),
    ];
    if suite.suite == "augment" {
        let parts = [("crop", 0..4), ("jitter", 4..8), ("blur", 8..9)];
        let of = |(name, which)| column(&format!("of the {name}"), ask::components(which));
        all.extend(parts.map(of));
    }
    all.extend([column("R² of the state", ask::state), column("MRR", ask::mrr)]);
    all
}

/// Methods against each other, the paper's tables 1 to 3, as the README has it.
fn main_table(suite: &SuiteReport) -> String {
    table(&suite.methods(), &main_columns(suite))
}

/// What a run says in the end: a suite's table of methods, its recorded scanpaths, all claims.
pub fn summary(report: &Report) -> String {
    brief(report, &claims(report))
}

/// The README's part: the same, with the claims of which something was run.
pub fn readme(report: &Report) -> String {
    let mut run = claims(report);
    run.retain(|claim| claim.n_seeds > 0);
    brief(report, &run)
}

fn brief(report: &Report, claims: &[Claim]) -> String {
    let mut text = String::new();
    for suite in &report.suites {
        let Some(seeds) = suite.rows.iter().map(|row| row.runs.len()).max() else { continue };
        text.push_str(&format!(
            "{}: {} steps of `{}`, {}. {}\n\n",
            named(&suite.suite, &report.data),
            suite.steps,
            suite.preset,
            match seeds {
                1 => "one seed".to_owned(),
                _ => format!("seeds 1 to {seeds}, mean ± deviation"),
            },
            chances(suite),
        ));
        text.push_str(&main_table(suite));
        text.push('\n');
        let human = human(suite);
        if !human.is_empty() {
            text.push_str(&format!("Prediction along recorded scanpaths. {human}\n"));
        }
    }
    if !claims.is_empty() {
        text.push_str(&claim_table(claims));
    }
    text
}

/// A suite and what stood in for its procedural things.
pub(super) fn named(suite: &str, data: &[String]) -> String {
    match data {
        [] => suite.to_owned(),
        _ => format!("{suite} on {}", data.join(", ")),
    }
}

/// What tables are to be read against.
fn chances(suite: &SuiteReport) -> String {
    let told = |chance: Option<f64>| chance.map_or_else(|| NOTHING.to_owned(), |c| short(c, 3));
    let class = told(suite.class_chance());
    let mut text = format!("The most frequent class is {class} of the held-out things.");
    if let Some(found) = suite.mrr_chance() {
        text.push_str(&format!(" Chance of MRR is {}", short(found, 3)));
        let own = suite.row(Variant::SeqJepa).and_then(|row| {
            row.summary(|run| Some(run.prediction.as_ref()?.mrr_nulls.mean_latent))
        });
        if let Some(null) = own {
            let null = short(null.mean, 3);
            text.push_str(&format!(
                ", seq-JEPA's mean prediction for all questions reaches {null}"
            ));
        }
        text.push('.');
    }
    text
}

fn claim_table(claims: &[Claim]) -> String {
    let mut text = String::from(
        "| | suite | claim | paper | here, mean over seeds [95 % interval] | untrained | verdict |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for Claim { id, suite, claim, paper, ours, untrained, verdict, .. } in claims {
        let (suite, verdict) = (suite.word(), verdict.word());
        text.push_str(&format!(
            "| {id} | {suite} | {claim} | {paper} | {ours} | {untrained} | {verdict} |\n"
        ));
    }
    text
}

/// The whole report.
pub fn report(report: &Report) -> String {
    let mut text = format!(
        "# The paper's experiments at the size `{}`\n\nMade by `seq-jepa bench`; every run's numbers are \
         in `report.json`, classes, R², paths and ranks with bootstrap intervals over held-out things. \
         Cells are mean ± sample deviation over seeds, where there is more than one; a dash was not measured.\n\n{GLOSSARY}",
        report.budget
    );
    if !report.data.is_empty() {
        text.push_str(&format!("\nIn place of procedural things: {}.\n", report.data.join(", ")));
    }
    text.push_str(&format!("\n## The paper's claims\n\n{RULE}\n\n"));
    text.push_str(&claim_table(&claims(report)));
    for suite in &report.suites {
        text.push_str(&of_suite(suite, report));
    }
    text
}

fn of_suite(suite: &SuiteReport, report: &Report) -> String {
    let settings = &suite.settings;
    let mut text = format!(
        "\n## {}\n\nPreset `{}`, {} steps a run. {}\n\nHeads are fitted on {} sequences of training things \
         and scored on {} of held-out ones, {} views each. {}{}\n\n",
        named(&suite.suite, &report.data),
        suite.preset,
        suite.steps,
        setting::told(suite, report),
        settings.n_train_sequences,
        settings.n_val_sequences,
        settings.n_views(),
        chances(suite),
        if suite.suite == "rotation" { in_orders() } else { String::new() },
    );
    text.push_str(&main_table(suite));
    let figures = [
        ("tradeoff", "Class against R² of the action, a point for each method"),
        ("class", "Share of wrong classes over observed views"),
        ("mrr", "Mean reciprocal rank of the true view"),
        ("path", "R² of the path over observed views"),
    ];
    for (subject, shown) in figures {
        let missing = subject == "path" && !suite.has_path_figure();
        if !missing {
            text.push_str(&format!("\n![{shown}]({subject}-{}.svg)\n", suite.suite));
        }
    }
    text.push_str(&ablation_table(suite));
    text.push_str("\n### Class over observed views\n\n");
    text.push_str(&class_table(suite));
    text.push_str("\n### Prediction\n\n");
    text.push_str(&prediction_table(suite));
    text.push_str(&path_tables(suite));
    text.push_str("\n### Leakage and health\n\n");
    text.push_str(&table(&suite.rows.iter().collect::<Vec<_>>(), &health_columns(suite)));
    text.push_str("\n### Both formulas of R²\n\n");
    text.push_str(&table(&suite.methods(), &formula_columns()));
    text.push_str(&elsewhere(suite, report));
    text.push_str(&cost(suite));
    text
}

/// Variants of seq-JEPA beside it; empty where none was run.
fn ablation_table(suite: &SuiteReport) -> String {
    let baseline = |row: &&Row| Method::baselines().any(|method| method.word() == row.variant);
    let rows: Vec<&Row> = suite.rows.iter().filter(|row| !baseline(row)).collect();
    let is_central = |row: &Row| Variant::CENTRAL.iter().any(|own| own.word() == row.variant);
    if rows.iter().all(|row| is_central(row)) {
        return String::new();
    }
    let mut text = String::from("\n### Ablations\n\n");
    if suite.suite == "saccade" {
        text.push_str(
            "All are asked along the same fixations, by saliency with inhibition of return, also those \
             that were trained along others.\n\n",
        );
    }
    text.push_str(&table(&rows, &main_columns(suite)));
    text.push_str(&own_laws(suite));
    text
}

/// Networks asked along the fixations that they were trained with; empty where there are none.
fn own_laws(suite: &SuiteReport) -> String {
    let m = suite.n_observed;
    let own = |run: &Measures| Some(run.own_law.as_ref()?.action.mean.value);
    let rows = suite.rows_with(own);
    if rows.is_empty() {
        return String::new();
    }
    let class =
        move |run: &Measures| Some(ClassAt::of(&run.own_law.as_ref()?.class, m)?.z_agg?.value);
    let columns =
        [column(&format!("class from z_AGG, M = {m}"), class), column("R² of the action", own)];
    format!("\nThe same, each along fixations as in its training:\n\n{}", table(&rows, &columns))
}

fn class_table(suite: &SuiteReport) -> String {
    let columns = |of_mean: bool| -> Vec<Column> {
        (1..=8)
            .map(|m| match of_mean {
                true => column(&format!("M = {m}"), ask::class_z_mean(m)),
                false => column(&format!("M = {m}"), ask::class_z_agg(m)),
            })
            .collect()
    };
    let aggregated = suite.rows_with(ask::class_z_agg(1));
    format!(
        "From z_AGG:\n\n{}\nFrom the mean of as many z, the control:\n\n{}",
        table(&aggregated, &columns(false)),
        table(&suite.rows.iter().collect::<Vec<_>>(), &columns(true))
    )
}

fn prediction_table(suite: &SuiteReport) -> String {
    let of = |f: fn(&Prediction) -> Option<f64>| {
        move |run: &Measures| run.prediction.as_ref().and_then(f)
    };
    let rows = suite.rows_with(ask::mrr);
    let unit = match suite.suite.as_str() {
        "rotation" => "rad",
        "saccade" => "picture sides",
        _ => "deviations",
    };
    let columns = vec![
        column("MRR", ask::mrr),
        column("H@1", of(|p| Some(p.hits_at_1))),
        column("H@5", of(|p| Some(p.hits_at_5))),
        ("median rank".to_owned(), Box::new(of(|p| Some(p.rank))) as Box<_>, 1),
        column(&format!("distance of the guess, {unit}"), of(|p| Some(p.error))),
        column("PRE", of(|p| p.pre)),
    ];
    let Some(found) = rows.iter().find_map(|row| row.runs[0].measures.prediction.as_ref()) else {
        return "No network of this run predicts.\n".to_owned();
    };
    let asked = match suite.suite.as_str() {
        "rotation" => {
            " An object is asked for every one of its poses, so that a guess which hears no action ranks \
             at chance by construction."
        }
        _ => " A thing is asked for one of its views.",
    };
    format!(
        "{} questions about {} things, among {} candidates each. Each network has observed as many of the \
         last views as it was trained with, baselines the last one.{asked}\n\n{}\nThe same questions without the model's prediction, each as chance / \
         copy-last / shuffled action / mean latent, means over seeds:\n\n{}",
        found.n,
        found.n_things,
        found.n_candidates,
        table(&rows, &columns),
        null_table(&rows)
    )
}

/// Four nulls a cell.
fn null_table(rows: &[&Row]) -> String {
    type Asked = (&'static str, fn(&Prediction) -> Option<Nulls>, usize);
    let asked: [Asked; 5] = [
        ("MRR", |p| Some(p.mrr_nulls), 3),
        ("H@1", |p| Some(p.hits_at_1_nulls), 3),
        ("H@5", |p| Some(p.hits_at_5_nulls), 3),
        ("median rank", |p| Some(p.rank_nulls), 1),
        ("PRE", |p| p.pre_nulls, 3),
    ];
    let parts: [fn(&Nulls) -> f64; 4] =
        [|n| n.chance, |n| n.copy_last, |n| n.shuffled, |n| n.mean_latent];
    let mut text = String::from("| |");
    asked.iter().for_each(|(title, ..)| text.push_str(&format!(" {title} |")));
    text.push_str("\n|---|---|---|---|---|---|\n");
    for row in rows {
        text.push_str(&format!("| {} |", row.title));
        for (_, of, digits) in asked {
            let mean = |part: fn(&Nulls) -> f64| {
                let found = row.summary(|run| Some(part(&of(run.prediction.as_ref()?)?)));
                found.map_or_else(|| NOTHING.to_owned(), |found| short(found.mean, digits))
            };
            text.push_str(&format!(" {} |", parts.map(mean).join(" / ")));
        }
        text.push('\n');
    }
    text
}

/// Heads with one row a sequence have more of them here.
fn in_orders() -> String {
    format!(
        " For paths and for the first action from z_AGG each training sequence is walked in \
         {N_ORDERS} orders of its views, which may be because its poses are drawn independently."
    )
}

fn path_tables(suite: &SuiteReport) -> String {
    let rows = suite.rows_with(ask::path(1, |path| path.whole));
    if rows.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "\n### Path integration\n\nR² of the way from the first view straight to view M + 1, from \
         z_AGG and the last action. M = 1 is trivial: there the answer is the input. Heads are \
         fitted anew under each lesion.\n",
    );
    for (title, of) in PathAt::PARTS {
        let columns: Vec<Column> =
            (1..=7).map(|m| column(&format!("M = {m}"), ask::path(m, of))).collect();
        text.push_str(&format!("\n{title}:\n\n{}", table(&rows, &columns)));
    }
    text
}

fn health_columns(suite: &SuiteReport) -> Vec<Column> {
    let m = suite.n_observed.max(2);
    let rank = |run: &Measures| Some(run.health.effective_rank);
    vec![
        column("class from one z", ask::class_z_mean(1)),
        column(&format!("R² of the first action from z_AGG (mean z), M = {m}"), ask::leak),
        column("R² of it from the first two z", |run| Some(run.first_action.mean.value)),
        ("effective rank of z".to_owned(), Box::new(rank) as Box<_>, 1),
        column("deviation of z", |run| Some(run.health.deviation)),
        column("dead", |run| Some(run.health.dead)),
        column("class by 5 neighbors, one z", |run| Some(run.neighbors)),
        column("the same, z_AGG", |run| run.neighbors_aggregate),
    ]
}

fn formula_columns() -> Vec<Column> {
    vec![
        column("action, mean over components", ask::action),
        column("action, SIE's formula", |run| Some(run.action.global)),
        column("its null", |run| Some(run.action.global_null)),
        column("state, mean over components", ask::state),
        column("state, SIE's formula", |run| Some(run.state.global)),
        column("its null", |run| Some(run.state.global_null)),
    ]
}

/// Outside the range of training, and on other pictures.
fn elsewhere(suite: &SuiteReport, report: &Report) -> String {
    let mut text = String::new();
    let has = |of: fn(&Measures) -> bool| -> Vec<&Row> {
        suite.rows.iter().filter(|row| row.runs.iter().any(|run| of(&run.measures))).collect()
    };
    let outside = has(|run| run.outside.is_some());
    if !outside.is_empty() {
        let columns = vec![
            column("class from one z", |run| Some(run.outside?.class_z.value)),
            column("class from z_AGG (mean z)", |run| Some(run.outside?.class_aggregate.value)),
            column("R² of the action", |run| Some(run.outside?.action.value)),
            column("R² of the state", |run| Some(run.outside?.state.value)),
        ];
        text.push_str(&format!("\n### Outside the poses of training\n\n{OUTSIDE}\n\n"));
        text.push_str(&table(&outside, &columns));
    }
    let transfer = has(|run| !run.transfer.is_empty());
    if !transfer.is_empty() {
        let at = |m: usize, agg: bool| {
            move |run: &Measures| {
                let found = ClassAt::of(&run.transfer, m)?;
                if agg { found.z_agg.map(|v| v.value) } else { Some(found.z_mean.value) }
            }
        };
        let columns: Vec<Column> = [1, 4, 8]
            .into_iter()
            .flat_map(|m| {
                let mean = format!("mean z, M = {m}");
                [column(&format!("z_AGG, M = {m}"), at(m, true)), column(&mean, at(m, false))]
            })
            .collect();
        let name = report.transfer.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
        let title = format!("Class on other pictures{name}, network frozen, heads fitted there");
        let chance = transfer.iter().find_map(|row| row.summary(|run| run.transfer_chance));
        let chance = chance.map_or_else(String::new, |chance| {
            format!("The most frequent class is {} of them.\n\n", short(chance.mean, 3))
        });
        text.push_str(&format!("\n### {title}\n\n{chance}{}", table(&transfer, &columns)));
    }
    let human = human(suite);
    if !human.is_empty() {
        let name = report.scanpaths.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
        text.push_str(&format!("\n### Along recorded scanpaths{name}\n\n{human}"));
    }
    text
}

/// What lies outside, for readers.
const OUTSIDE: &str = "One Euler angle, whichever, in ±[π/2, π], the others within ±π/2; heads are those \
     fitted inside. The paper has all three there, but Rz(c) Ry(b) Rx(a) = Rz(c ± π) Ry(±π − b) Rx(a ± π): \
     such rotations are those of training once more, with quaternions of the other sign half of the time.";

/// Prediction along recorded scanpaths; empty where no network was asked.
fn human(suite: &SuiteReport) -> String {
    let rows = suite.rows_with(|run| Some(run.human.as_ref()?.along.mrr.value));
    if rows.is_empty() {
        return String::new();
    }
    let of = |along: bool, f: fn(&Prediction) -> f64| {
        move |run: &Measures| {
            let human = run.human.as_ref()?;
            Some(f(if along { &human.along } else { &human.sampled }))
        }
    };
    type Null = (&'static str, fn(&Prediction) -> f64);
    let nulls: [Null; 3] = [
        ("shuffled action", |p| p.mrr_nulls.shuffled),
        ("copy-last", |p| p.mrr_nulls.copy_last),
        ("mean latent", |p| p.mrr_nulls.mean_latent),
    ];
    let mut columns = vec![column("MRR along recorded scanpaths", of(true, |p| p.mrr.value))];
    columns.extend(nulls.map(|(title, null)| column(title, of(true, null))));
    columns.push(column("MRR along sampled ones", of(false, |p| p.mrr.value)));
    columns.extend(nulls.map(|(title, null)| column(title, of(false, null))));
    let human = rows.iter().find_map(|row| row.runs[0].measures.human.as_ref());
    let asked = human.map_or_else(String::new, |human| {
        let Prediction { n, n_things, mrr_nulls, .. } = &human.along;
        let chance = short(mrr_nulls.chance, 3);
        format!("{n} scanpaths on {n_things} pictures, one question each; chance {chance}.\n\n")
    });
    format!("{asked}{}{}", table(&rows, &columns), preferences(&rows))
}

/// Whether recorded scanpaths are easier, network by network.
fn preferences(rows: &[&Row]) -> String {
    let told = |row: &&Row| {
        let found = row.runs.iter().map(|run| {
            let Value { value, interval } = run.measures.human.as_ref()?.difference;
            Some(format!("{value:+.3} [{:+.3}, {:+.3}]", interval.low, interval.high))
        });
        let found: Option<Vec<String>> = found.collect();
        Some(format!("{} {}", row.title, found?.join(", ")))
    };
    let told: Vec<String> = rows.iter().filter_map(told).collect();
    if told.is_empty() {
        return String::new();
    }
    format!(
        "\nReciprocal rank along recorded scanpaths less that along sampled ones on the same pictures, each \
         seed with its interval over pictures: {}.\n",
        told.join("; ")
    )
}

fn cost(suite: &SuiteReport) -> String {
    let seconds: Vec<f64> =
        suite.rows.iter().flat_map(|row| &row.runs).map(|run| run.measures.seconds).collect();
    let total: f64 = seconds.iter().sum();
    let longest = seconds.iter().copied().fold(0.0, f64::max);
    format!(
        "\n### Cost\n\nThe sequences' views are encoded once for each network and read by every head; \
         questions about the next view encode their own. Measuring {} networks took {:.0} s in all, \
         {longest:.0} s at most for one.\n",
        seconds.len(),
        total
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_short() {
        let summary = |mean, deviation, n| Some(Summary { mean, deviation, n });
        assert_eq!(cell(summary(0.5, 0.0125, 3), 2), ".50 ± .01");
        assert_eq!(cell(summary(-0.25, 0.0, 1), 2), "-.25");
        assert_eq!(cell(summary(12.0, 1.5, 3), 1), "12.0 ± 1.5");
        assert_eq!(cell(None, 2), "–");
    }
}
