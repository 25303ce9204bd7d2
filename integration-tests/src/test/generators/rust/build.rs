//! Generates the stubs of the .proto files in PROTOS, separated by blanks, found in INCLUDES; none
//! when the crates are only to be compiled. Anew whenever one of them, or protoc, is another.

fn main() -> std::io::Result<()> {
    let [protos, includes, protoc] = ["PROTOS", "INCLUDES", "PROTOC"].map(|name| {
        println!("cargo:rerun-if-env-changed={name}");
        std::env::var(name).unwrap_or_default()
    });
    let [protos, includes] = [&protos, &includes].map(|all| all.split(' ').collect::<Vec<_>>());
    if protos == [""] {
        let out = std::env::var("OUT_DIR").expect("Cargo tells it");
        return std::fs::write(out + "/stubs.rs", "");
    }
    for file in protos.iter().chain([&protoc.as_str()]) {
        println!("cargo:rerun-if-changed={file}");
    }
    tonic_prost_build::configure()
        .include_file("stubs.rs")
        .compile_protos(&protos, &includes)
}
