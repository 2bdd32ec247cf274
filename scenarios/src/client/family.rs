//! All processes that a command has started, so that none outlives it.
//!
//! A process leaves its group and session (`setsid`), its parents (a double fork), its folder and its environment as it
//! likes. On Linux two things stay with it and with all that it starts: its control group, where the harness may make
//! one, and its limits of resources. Each run is given a number of its own as the limit of resident memory
//! (`RLIMIT_RSS`), which no kernel since 2.4.30 heeds. On Windows a job object holds them all.

use std::collections::BTreeSet;
use std::io;

use crate::client::folder::Folder;

/// The processes of a run. Dropped, they are gone: also when a play is cut short.
pub(super) struct Family {
    #[cfg(unix)]
    leader: u32,
    #[cfg(target_os = "linux")]
    marks: linux::Marks,
    #[cfg(windows)]
    job: obn_windows::Job,
}

/// What a run's processes are to be known by, before the first is started.
pub(super) struct Marked {
    #[cfg(target_os = "linux")]
    marks: linux::Marks,
    #[cfg(windows)]
    job: obn_windows::Job,
}

impl Marked {
    pub(super) fn new(folder: &Folder) -> io::Result<Self> {
        #[cfg(not(target_os = "linux"))]
        let _ = folder;
        Ok(Self {
            #[cfg(target_os = "linux")]
            marks: linux::Marks::new(folder.root()),
            #[cfg(windows)]
            job: obn_windows::Job::new()?,
        })
    }

    /// A shell sets the usual umask, so that a file that others can't read is the command's own doing. Where the marks
    /// can't be set the group is left to go by.
    #[cfg(unix)]
    pub(super) fn shell(&self) -> tokio::process::Command {
        let mut shell = tokio::process::Command::new("sh");
        #[cfg(target_os = "linux")]
        self.marks.set_by(&mut shell);
        #[cfg(not(target_os = "linux"))]
        shell.args(["-c", "umask 022; exec \"$@\"", "sh"]);
        shell.process_group(0);
        shell
    }

    /// The command runs, as this process. On Windows it has waited for this.
    pub(super) fn led_by(self, leader: u32) -> io::Result<Family> {
        #[cfg(windows)]
        self.job.take_in(leader)?;
        Ok(Family {
            #[cfg(unix)]
            leader,
            #[cfg(target_os = "linux")]
            marks: self.marks,
            #[cfg(windows)]
            job: self.job,
        })
    }
}

/// Who loses their parent, among all that commands start, becomes a child of this process instead of the machine's first,
/// so that none stays behind as a zombie where that one doesn't care.
pub(crate) fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    {
        // Without it they are ended all the same.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    }
}

impl Family {
    /// The arguments of all processes in the command's job, as far as the system tells them.
    #[cfg(windows)]
    pub(super) fn arguments(&self, found: &mut BTreeSet<String>) {
        found.extend(self.job.command_lines());
    }

    /// The arguments of all processes in the command's group. Where there is no /proc there are none to see.
    #[cfg(unix)]
    pub(super) fn arguments(&self, found: &mut BTreeSet<String>) {
        let group = self.leader.to_string();
        let Ok(processes) = std::fs::read_dir("/proc") else { return };
        for process in processes.flatten() {
            let stat = std::fs::read_to_string(process.path().join("stat")).unwrap_or_default();
            if stat_fields(&stat).and_then(|mut fields| fields.nth(2)) == Some(group.as_str()) {
                let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
                let words: Vec<_> = line.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
                found.insert(words.join(" ").trim_end().to_owned());
            }
        }
    }
}

/// State, parent, group, and so on. The name before them, in parentheses, may hold anything.
#[cfg(unix)]
fn stat_fields(stat: &str) -> Option<std::str::SplitWhitespace<'_>> {
    stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace())
}

#[cfg(unix)]
impl Drop for Family {
    fn drop(&mut self) {
        if let Some(leader) = i32::try_from(self.leader).ok().and_then(rustix::process::Pid::from_raw) {
            // Usually nobody is left.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
        #[cfg(target_os = "linux")]
        self.marks.end(self.leader);
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions};

    use super::stat_fields;

    /// In the unit of `ulimit -m`, a number that no machine has so many of.
    const FIRST_MARK: u64 = 1 << 41;
    /// Who forks while it is being ended is met again.
    const ROUNDS: u32 = 400;
    const BETWEEN_ROUNDS: Duration = Duration::from_millis(5);

    static RUNS: AtomicU64 = AtomicU64::new(0);

    pub(super) struct Marks {
        limit: u64,
        /// The play's folder, which stands in the environment.
        folder: String,
        group: Option<ControlGroup>,
    }

    /// A control group (version 2) of the run's own. Dropped, it is gone, if nobody is in it.
    struct ControlGroup(PathBuf);

    /// What /proc tells of a process.
    struct Process {
        parent: u32,
        is_dead: bool,
        is_marked: bool,
    }

    impl Marks {
        pub(super) fn new(folder: &Path) -> Self {
            let run = RUNS.fetch_add(1, Ordering::Relaxed) & 0xffff;
            let limit = FIRST_MARK + (u64::from(std::process::id()) << 16) + run;
            Self { limit, folder: folder.display().to_string(), group: ControlGroup::new(limit) }
        }

        pub(super) fn set_by(&self, shell: &mut tokio::process::Command) {
            let script = "ulimit -m \"$1\" 2>/dev/null; [ -z \"$2\" ] || echo 0 2>/dev/null >\"$2\"; shift 2; umask 022; exec \"$@\"";
            let joined = self.group.as_ref().map(|group| group.0.join("cgroup.procs")).unwrap_or_default();
            shell.args(["-c", script, "sh"]).arg(self.limit.to_string()).arg(joined);
        }

        pub(super) fn end(&self, leader: u32) {
            for _ in 0..ROUNDS {
                if let Some(group) = &self.group {
                    // Since Linux 5.14; before that one by one as below.
                    let _ = fs::write(group.0.join("cgroup.kill"), "1");
                }
                let family = self.family();
                for (pid, process) in &family {
                    match process.is_dead {
                        true if *pid != leader => reap(*pid),
                        true => {}
                        false => self.kill(*pid),
                    }
                }
                if family.values().all(|process| process.is_dead) {
                    break;
                }
                std::thread::sleep(BETWEEN_ROUNDS);
            }
        }

        /// All that are marked, and what they have started.
        fn family(&self) -> BTreeMap<u32, Process> {
            let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
            let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
            let mut others: BTreeMap<u32, Process> =
                pids.filter_map(|pid| Some((pid, self.look_at(pid)?))).collect();
            let mut family: BTreeMap<u32, Process> =
                others.extract_if(.., |_, process| process.is_marked).collect();
            loop {
                let children: BTreeMap<u32, Process> =
                    others.extract_if(.., |_, process| family.contains_key(&process.parent)).collect();
                if children.is_empty() {
                    return family;
                }
                family.extend(children);
            }
        }

        fn look_at(&self, pid: u32) -> Option<Process> {
            if pid == std::process::id() {
                return None;
            }
            let folder = PathBuf::from(format!("/proc/{pid}"));
            let stat = fs::read(folder.join("stat")).ok()?;
            let stat = String::from_utf8_lossy(&stat);
            let mut fields = stat_fields(&stat)?;
            let is_dead = matches!(fields.next()?, "Z" | "X");
            let parent = fields.next()?.parse().ok()?;
            Some(Process { parent, is_dead, is_marked: self.is_marked(&folder) })
        }

        fn is_marked(&self, process: &Path) -> bool {
            let limits = fs::read_to_string(process.join("limits")).unwrap_or_default();
            let limit = limits.lines().find_map(|line| line.strip_prefix("Max resident set"));
            let hard = limit.and_then(|limit| limit.split_whitespace().nth(1));
            if hard.and_then(|hard| hard.parse().ok()) == Some(self.limit * 1024) {
                return true;
            }
            let environment = fs::read(process.join("environ")).unwrap_or_default();
            String::from_utf8_lossy(&environment).contains(&self.folder)
        }

        fn kill(&self, pid: u32) {
            let Some(known) = as_pid(pid) else { return };
            match rustix::process::pidfd_open(known, PidfdFlags::empty()) {
                // The number may be another process's by now, but what was opened is the one that is looked at.
                Ok(process) if self.look_at(pid).is_some() => {
                    let _ = rustix::process::pidfd_send_signal(process, Signal::KILL);
                }
                Ok(_) => {}
                Err(_) => {
                    let _ = rustix::process::kill_process(known, Signal::KILL);
                }
            }
        }
    }

    /// Waits for a process that has ended and whose parent this one has become; it may be another's.
    fn reap(pid: u32) {
        if let Some(pid) = as_pid(pid) {
            let _ = rustix::process::waitpid(Some(pid), WaitOptions::NOHANG);
        }
    }

    fn as_pid(pid: u32) -> Option<Pid> {
        i32::try_from(pid).ok().and_then(Pid::from_raw)
    }

    impl ControlGroup {
        /// Below that of the harness, if it may make one.
        fn new(number: u64) -> Option<Self> {
            let own = fs::read_to_string("/proc/self/cgroup").ok()?;
            let path = own.lines().find_map(|line| line.strip_prefix("0::/"))?;
            ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].into_iter().find_map(|mount| {
                let parent = Path::new(mount).join(path);
                // Only a folder of the kernel's own has it.
                parent.join("cgroup.procs").is_file().then_some(())?;
                let group = parent.join(format!("obn-conformance-{number}"));
                fs::create_dir(&group).ok().map(|()| Self(group))
            })
        }
    }

    impl Drop for ControlGroup {
        fn drop(&mut self) {
            // The kernel takes a moment to see that nobody is in it.
            for _ in 0..ROUNDS {
                match fs::remove_dir(&self.0) {
                    Err(error) if error.kind() == std::io::ErrorKind::ResourceBusy => {
                        std::thread::sleep(BETWEEN_ROUNDS);
                    }
                    _ => return,
                }
            }
        }
    }
}
