//! From the name of a device to a device.

use super::args::DeviceName;
use burn::tensor::Device;

/// The plain device (without autodiff) of that name.
///
/// # Errors
/// When this program was built without it.
pub(super) fn open(name: DeviceName) -> Result<Device, String> {
    match name {
        DeviceName::Cpu => Ok(Device::flex()),
        #[cfg(feature = "gpu")]
        DeviceName::Wgpu => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
        #[cfg(not(feature = "gpu"))]
        DeviceName::Wgpu => missing("wgpu", "gpu"),
        #[cfg(feature = "vulkan")]
        DeviceName::Vulkan => Ok(Device::vulkan(burn::tensor::DeviceKind::DefaultDevice)),
        #[cfg(not(feature = "vulkan"))]
        DeviceName::Vulkan => missing("vulkan", "vulkan"),
    }
}

#[cfg(not(all(feature = "gpu", feature = "vulkan")))]
fn missing(device: &str, feature: &str) -> Result<Device, String> {
    Err(format!(
        "this program was built without `--device {device}`: build it with \
         `cargo build --release --features {feature}`"
    ))
}
