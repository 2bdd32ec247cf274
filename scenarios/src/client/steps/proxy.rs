//! How a client used the proxy.

use crate::client::proxy::Proxy;
use crate::client::scene::Scene;
use crate::client::wording::{Expected, Seen};
use crate::play::{Check, Done, Reader, Trouble, step, steps};

pub(super) const STEPS: &[Reader<Scene>] = steps![look ProxyUsed, ProxyAsked];

step! {
    /// The proxy was used, or was not.
    struct ProxyUsed { proxy_used: bool }
    "the proxy must {}have been used", if *proxy_used { "" } else { "not " };
    "プロキシを通{}ことを確かめる", if *proxy_used { "った" } else { "らなかった" }
}

impl Check<Scene> for ProxyUsed {
    async fn check(&self, scene: &Scene) -> Done {
        let tunnels = scene.proxy.as_ref().map_or(0, Proxy::tunnels);
        match (self.proxy_used, tunnels) {
            (true, 0) => Err(Trouble::check(Expected::ThroughProxy, Seen::None)),
            (false, 1..) => Err(Trouble::check(Expected::AroundProxy, Seen::ThroughIt)),
            _ => Ok(()),
        }
    }
}

step! {
    /// The proxy was asked for a way so often at most.
    struct ProxyAsked { proxy_asked_at_most: usize }
    "the proxy must have been asked {proxy_asked_at_most} times at most";
    "プロキシへの要求が {proxy_asked_at_most} 回以内であることを確かめる"
}

impl Check<Scene> for ProxyAsked {
    async fn check(&self, scene: &Scene) -> Done {
        let (asked, most) = (scene.proxy.as_ref().map_or(0, Proxy::asked), self.proxy_asked_at_most);
        if asked <= most {
            return Ok(());
        }
        Err(Trouble::check(Expected::ProxyAsked { most }, Seen::Times { times: asked }))
    }
}
