//! What the browser says of its GPU, asked before burn opens it: some of its answers would be a
//! panic there.

use crate::protocol::{DeviceKind, DeviceReport};
use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Words in an adapter's description that mean a CPU in disguise.
const SOFTWARE: [&str; 5] = ["swiftshader", "llvmpipe", "lavapipe", "software", "basic render"];

/// The adapter that burn will use.
///
/// # Errors
/// When there is none, or it lacks what burn needs, as a sentence.
pub async fn report() -> Result<DeviceReport, String> {
    let none = || "this browser gives workers no WebGPU adapter".to_owned();
    let navigator = get(&js_sys::global(), "navigator").ok_or_else(none)?;
    let gpu = get(&navigator, "gpu").ok_or_else(none)?;
    let options = Object::new();
    Reflect::set(&options, &"powerPreference".into(), &"high-performance".into()).ok();
    let adapter = call(&gpu, "requestAdapter", &options).await.ok_or_else(none)?;
    if !has_feature(&adapter, "timestamp-query") {
        return Err(
            "the GPU adapter lacks `timestamp-query`, which the GPU engine needs; the CPU \
                    engine works without"
                .to_owned(),
        );
    }
    let info = get(&adapter, "info").unwrap_or(JsValue::UNDEFINED);
    let words = ["vendor", "architecture", "device", "description"]
        .map(|key| get(&info, key).and_then(|word| word.as_string()).unwrap_or_default());
    let name = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let fallback = ["isFallbackAdapter"]
        .iter()
        .any(|key| [&info, &adapter].iter().any(|from| get(from, key) == Some(JsValue::TRUE)));
    let lower = name.to_lowercase();
    let software = fallback || SOFTWARE.iter().any(|word| lower.contains(word));
    Ok(DeviceReport { kind: DeviceKind::Gpu, name, software })
}

fn has_feature(adapter: &JsValue, feature: &str) -> bool {
    let features = get(adapter, "features").unwrap_or(JsValue::UNDEFINED);
    let Some(has) = get(&features, "has").and_then(|has| has.dyn_into::<js_sys::Function>().ok())
    else {
        return false;
    };
    has.call1(&features, &feature.into()).is_ok_and(|answer| answer.is_truthy())
}

/// A property that is neither undefined nor null.
fn get(from: &JsValue, key: &str) -> Option<JsValue> {
    let value = Reflect::get(from, &key.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// What an asynchronous method resolves to, unless to nothing.
async fn call(this: &JsValue, method: &str, argument: &Object) -> Option<JsValue> {
    let method = get(this, method)?.dyn_into::<js_sys::Function>().ok()?;
    let promise = method.apply(this, &Array::of1(argument)).ok()?.dyn_into::<Promise>().ok()?;
    let value = JsFuture::from(promise).await.ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}
