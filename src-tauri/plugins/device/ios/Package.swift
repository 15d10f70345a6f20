// swift-tools-version:5.3
// Owns how the Swift beside this file is built into the app. Tauri's build lays its own package in .tauri.

import PackageDescription

let package = Package(
  name: "warifu-device",
  platforms: [
    .macOS(.v10_13),
    .iOS(.v14),
  ],
  products: [
    .library(name: "warifu-device", type: .static, targets: ["warifu-device"])
  ],
  dependencies: [
    .package(name: "Tauri", path: "../.tauri/tauri-api")
  ],
  targets: [
    .target(
      name: "warifu-device",
      dependencies: [.byName(name: "Tauri")],
      path: "Sources")
  ]
)
