//! World files that want more memory than a world needs.

use obn_tests::Program;
use reqwest::Method;
use serde_json::{Value, json};

/// What `PUT /world` answers to this text, and the most memory that the process has held since its start, in MiB.
async fn put(program: &Program, body: Vec<u8>) -> (u16, u64) {
    let request = program.control.request(Method::PUT, "/world").header("content-type", "application/json");
    // Nobody reads what is too long to its end.
    let status = request.body(body).send().await.map_or(413, |answer| answer.status().as_u16());
    let about = std::fs::read_to_string(format!("/proc/{}/status", program.id())).unwrap();
    let peak = about.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    (status, kibibytes / 1024)
}

/// So many bytes of one thing in a list.
fn list(item: &str, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 2);
    text.push('[');
    while text.len() + item.len() < bytes {
        text.push_str(item);
        text.push(',');
    }
    text.push_str(item);
    text.push(']');
    text
}

#[tokio::test]
async fn what_no_world_needs_is_refused_in_less_than_200_mib() {
    const ATTACK: usize = 57 << 20;
    let program = Program::start(&["--no-sample", "--key-pool", "0"]).await;
    let world = program.control.text("/world").await;
    // A list in the place of a member of the world.
    let instead = |place: &str, item: &str, bytes| {
        let mut changed: Value = serde_json::from_str(&world).unwrap();
        *changed.pointer_mut(place).expect(place) = json!("HERE");
        changed.to_string().replace("\"HERE\"", &list(item, bytes)).into_bytes()
    };
    let few = 4_000_000;
    let attacks = [
        list("{\"a\":0}", ATTACK).into_bytes(),
        instead("/settings/clock", "{\"a\":0}", ATTACK),
        instead("/settings/clock", "[]", 1_000_000),
        instead("/counters", "[\"a\",1]", few),
        instead("/attempts", "[\"202611230000001\",{\"failures\":0}]", few),
        instead("/journal", "{}", few),
        instead("/certificates", "null", ATTACK),
        instead("/settings/profile/certificate/policies", "\"\"", 1_500_000),
        instead("/settings/profile/messages/required", "[[[[[[[[", ATTACK),
        vec![b'['; ATTACK],
        vec![b' '; 65 << 20],
        list("\"", ATTACK).into_bytes(),
    ];
    for (number, body) in attacks.into_iter().enumerate() {
        let (status, peak) = put(&program, body).await;
        assert!(matches!(status, 400 | 413 | 422), "{number}: {status}");
        assert!(peak < 200, "{number}: {peak} MiB");
        eprintln!("{number}: {status}, {peak} MiB at most");
    }
    let (status, _) = put(&program, world.into_bytes()).await;
    assert_eq!(status, 204);
}

#[tokio::test]
async fn calls_that_need_little_take_little() {
    let program = Program::start(&["--no-sample", "--key-pool", "0"]).await;
    let body = json!({"institution_code": "0110119153", "terminal_name": "x".repeat(2 << 20)});
    assert_eq!(program.control.post("/notices", &body).await.status, 413);
}
