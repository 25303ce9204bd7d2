//! Generates the stubs that the worker needs from the contract. PROTOC names the generator.

const CONTRACT: &str = "../../../proto/src/main/proto";
const GOOGLE: &str = "../../../proto/third_party";

fn main() -> std::io::Result<()> {
    let files = ["session", "pool"].map(|name| format!("{CONTRACT}/polyproc/v1/{name}.proto"));
    println!("cargo:rerun-if-changed={CONTRACT}");
    tonic_prost_build::configure()
        .build_server(false)
        .include_file("stubs.rs")
        .compile_protos(&files, &[CONTRACT.into(), GOOGLE.into()])
}
