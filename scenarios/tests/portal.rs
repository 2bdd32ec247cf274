//! Our simulator passes every portal scenario: one test a scenario file, played with all its cases.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use obn_conformance::{Catalogue, Language, Run, Scenario, Target, run, to_text};

const SEED: &str = obn_conformance::USUAL_SEED;

fn main() -> ExitCode {
    let catalogue = match Catalogue::embedded() {
        Ok(catalogue) => catalogue,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let trials = catalogue.scenarios.iter().map(|scenario| {
        let (scenario, requirements) = (scenario.clone(), catalogue.requirements.clone());
        Trial::test(scenario.head.id.clone(), move || {
            let run = play(scenario)?;
            let counts = run.counts();
            if counts.passed == run.plays.len() {
                Ok(())
            } else {
                Err(to_text(&run, &requirements, Language::English).into())
            }
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn play(scenario: Scenario) -> Result<Run, Failed> {
    let target = Target::own(SEED);
    let runtime = tokio::runtime::Runtime::new()?;
    let plays = runtime.block_on(run(&[scenario], &target, 2, |_| {}));
    Ok(Run { seed: Some(SEED.to_owned()), ..Run::new(target.describe(), plays) })
}
