//! A task of Windows' Task Scheduler, which runs while its user is signed in.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::{Job, failed, run, text};
use crate::cli::failure::Failure;

const NAME: &str = "obn watch";

pub(super) fn install(job: &Job) -> Result<Vec<PathBuf>, Failure> {
    std::fs::create_dir_all(&job.store).map_err(|error| failed(&error))?;
    let definition = tempfile::Builder::new().suffix(".xml").tempfile().map_err(|error| failed(&error))?;
    // Written and closed, so that the other program may read it.
    let path = definition.into_temp_path();
    std::fs::write(&path, utf_16(&xml(job)?)).map_err(|error| failed(&error))?;
    let words = ["/Create", "/F", "/TN", NAME, "/XML"].map(OsStr::new);
    run("schtasks", &[&words[..], &[path.as_os_str()]].concat())?;
    Ok(Vec::new())
}

pub(super) fn uninstall() -> Result<Vec<PathBuf>, Failure> {
    run("schtasks", &["/Delete", "/F", "/TN", NAME].map(OsStr::new))?;
    Ok(Vec::new())
}

/// The only encoding that `schtasks` takes from all versions on.
fn utf_16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Every hour, and at once when its user signs in or the computer was off. `conhost` keeps its console from showing.
fn xml(job: &Job) -> Result<String, Failure> {
    let words = ["--headless", text(&job.program)?].into_iter();
    let words = words.chain(job.arguments.iter().map(String::as_str));
    let arguments: Vec<String> = words.map(quoted).collect();
    Ok(format!(
        r#"<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Client certificates of the online billing network</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Repetition><Interval>PT1H</Interval></Repetition>
      <Delay>PT1M</Delay>
    </LogonTrigger>
    <TimeTrigger>
      <Repetition><Interval>PT1H</Interval></Repetition>
      <StartBoundary>2020-01-01T00:00:00</StartBoundary>
      <RandomDelay>PT10M</RandomDelay>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT30M</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>%SystemRoot%\System32\conhost.exe</Command>
      <Arguments>{}</Arguments>
    </Exec>
  </Actions>
</Task>
"#,
        escaped(&arguments.join(" ")),
    ))
}

/// One word of a command line, as programs of Windows take it apart.
fn quoted(word: &str) -> String {
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for letter in word.chars() {
        // Backslashes count only before a quotation mark.
        if letter == '"' {
            quoted.push_str(&"\\".repeat(backslashes + 1));
        }
        backslashes = if letter == '\\' { backslashes + 1 } else { 0 };
        quoted.push(letter);
    }
    quoted.push_str(&"\\".repeat(backslashes));
    quoted.push('"');
    quoted
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_as_they_are() {
        assert_eq!(quoted(r"C:\受付 1\obn.exe"), r#""C:\受付 1\obn.exe""#);
        assert_eq!(quoted(r#"a"b\"c\"#), r#""a\"b\\\"c\\""#);
    }

    #[test]
    fn the_task_is_xml_that_says_what_runs() {
        let job = Job {
            program: r"C:\A&B\obn.exe".into(),
            arguments: vec!["watch".into(), r"--root=C:\受付 1\root.pem".into()],
            store: "store".into(),
        };
        let xml = xml(&job).unwrap();
        let arguments =
            r#"<Arguments>"--headless" "C:\A&amp;B\obn.exe" "watch" "--root=C:\受付 1\root.pem"</Arguments>"#;
        assert!(xml.contains(arguments), "{xml}");
        assert_eq!(utf_16("<"), [0xff, 0xfe, b'<', 0]);
    }
}
