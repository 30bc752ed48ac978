//! What kind of GPU the browser offers, before a GPU engine is fetched.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::text;
use super::url::EngineChoice;
use crate::protocol::DeviceKind;

/// Words by which a GPU in name only gives itself away.
const SOFTWARE: [&str; 4] = ["swiftshader", "llvmpipe", "lavapipe", "basic render"];

#[wasm_bindgen]
extern "C" {
    /// A `GPUAdapter`.
    type Adapter;
    /// A `GPUAdapterInfo`.
    type AdapterInfo;

    // Not `async` here: where there is no `navigator.gpu` the call itself throws.
    #[wasm_bindgen(js_namespace = ["navigator", "gpu"], js_name = requestAdapter, catch)]
    fn request_adapter() -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn info(this: &Adapter) -> Option<AdapterInfo>;
    #[wasm_bindgen(method, getter)]
    fn features(this: &Adapter) -> js_sys::Set;
    #[wasm_bindgen(method, getter)]
    fn vendor(this: &AdapterInfo) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn architecture(this: &AdapterInfo) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn description(this: &AdapterInfo) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = isFallbackAdapter)]
    fn is_fallback(this: &AdapterInfo) -> Option<bool>;
}

/// What the browser offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// No GPU.
    None,
    /// A GPU that lacks what training needs.
    Lacking,
    /// A GPU in name only.
    Software,
    /// A GPU.
    Real,
}

/// Asks the browser.
pub async fn probe() -> Offer {
    let Ok(asked) = request_adapter() else { return Offer::None };
    let adapter = match JsFuture::from(asked).await {
        Ok(adapter) if adapter.is_object() => adapter.unchecked_into::<Adapter>(),
        _ => return Offer::None,
    };
    if !adapter.features().has(&"timestamp-query".into()) {
        return Offer::Lacking;
    }
    let Some(info) = adapter.info() else { return Offer::Real };
    let words = [info.vendor(), info.architecture(), info.description()];
    let words = words.map(|word| word.unwrap_or_default().to_lowercase());
    let named = |name: &str| words.iter().any(|word| word.contains(name));
    let software = info.is_fallback().unwrap_or(false) || SOFTWARE.iter().any(|name| named(name));
    if software { Offer::Software } else { Offer::Real }
}

/// The engine to train with, and why, as a sentence.
pub fn choose(choice: EngineChoice, offer: Offer) -> (DeviceKind, &'static str) {
    match (choice, offer) {
        (EngineChoice::Cpu, _) => (DeviceKind::Cpu, text::ENGINE_CPU_CHOSEN),
        (_, Offer::None) => (DeviceKind::Cpu, text::ENGINE_NO_GPU),
        (_, Offer::Lacking) => (DeviceKind::Cpu, text::ENGINE_GPU_LACKS),
        (_, Offer::Real) => (DeviceKind::Gpu, text::ENGINE_GPU),
        (EngineChoice::Gpu, Offer::Software) => (DeviceKind::Gpu, text::ENGINE_SOFTWARE_CHOSEN),
        (EngineChoice::Auto, Offer::Software) => (DeviceKind::Cpu, text::ENGINE_SOFTWARE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gpu_in_name_only_trains_only_when_asked() {
        assert_eq!(choose(EngineChoice::Auto, Offer::Software).0, DeviceKind::Cpu);
        assert_eq!(choose(EngineChoice::Gpu, Offer::Software).0, DeviceKind::Gpu);
    }

    #[test]
    fn without_what_training_needs_it_is_the_cpu_whatever_is_asked() {
        for offer in [Offer::None, Offer::Lacking] {
            assert_eq!(choose(EngineChoice::Gpu, offer).0, DeviceKind::Cpu);
        }
        assert_eq!(choose(EngineChoice::Cpu, Offer::Real).0, DeviceKind::Cpu);
        assert_eq!(choose(EngineChoice::Auto, Offer::Real).0, DeviceKind::Gpu);
    }
}
