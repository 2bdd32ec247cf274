//! Counters for `/metrics`, in OpenMetrics.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// A process's counters.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    exchanges: Family<Labels, Counter>,
    handshakes_failed: Counter,
    connections_evicted: Counter,
    keys_ready: Gauge<u64, AtomicU64>,
    keys_searched: Gauge<u64, AtomicU64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: &'static str,
    status: u16,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("obn_ca");
        let (exchanges, keys_ready, keys_searched) = (Family::default(), Gauge::default(), Gauge::default());
        let (handshakes_failed, connections_evicted) = (Counter::default(), Counter::default());
        registry.register("exchanges", "Answers of the portal, by what they were", exchanges.clone());
        registry.register("handshakes_failed", "TLS handshakes that failed", handshakes_failed.clone());
        let help = "Connections that went to make room for others";
        registry.register("connections_evicted", help, connections_evicted.clone());
        registry.register("keys_ready", "RSA keys in stock", keys_ready.clone());
        registry.register("keys_searched", "RSA keys searched for since the start", keys_searched.clone());
        Self { registry, exchanges, handshakes_failed, connections_evicted, keys_ready, keys_searched }
    }
}

impl Metrics {
    /// Counts an answer of the portal.
    pub fn exchange(&self, outcome: &'static str, status: u16) {
        self.exchanges.get_or_create(&Labels { outcome, status }).inc();
    }

    /// Counts a failed handshake.
    pub fn handshake_failed(&self) {
        self.handshakes_failed.inc();
    }

    /// Counts a connection that has to make room for others.
    pub fn connection_evicted(&self) {
        self.connections_evicted.inc();
    }

    /// Notes how many keys lie in stock, and how many were searched for.
    pub fn keys(&self, ready: usize, searched: u64) {
        self.keys_ready.set(ready as u64);
        self.keys_searched.set(searched);
    }

    /// All of them as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("text grows in memory");
        text
    }
}
