// Owns what the app's Rust half may ask of iOS, and that its window is neither recorded nor shown in the switcher.
// Refuses to know what is wrapped. The window's pages are given no way to call this.
// Invariant: a rejection says what failed, never with what.

import Foundation
import Tauri
import UIKit
import WebKit

struct BytesArgs: Decodable {
  let bytes: String
}

struct PutTextArgs: Decodable {
  let text: String
  let staysS: Double
}

struct BytesAnswer: Encodable {
  let bytes: String
}

class DevicePlugin: Plugin {
  private let enclave = Enclave()
  private var cover: Cover?

  override func load(webview: WKWebView) {
    DispatchQueue.main.async {
      self.cover = Cover(over: webview)
    }
  }

  @objc public func wrap(_ invoke: Invoke) throws {
    try answer(invoke, with: enclave.wrap)
  }

  @objc public func unwrap(_ invoke: Invoke) throws {
    try answer(invoke, with: enclave.unwrap)
  }

  /// On this device alone, and not for longer than asked: iOS takes it away by itself, also when the app has ended.
  @objc public func putText(_ invoke: Invoke) throws {
    let args = try invoke.parseArgs(PutTextArgs.self)
    DispatchQueue.main.async {
      UIPasteboard.general.setItems(
        [["public.utf8-plain-text": args.text]],
        options: [.localOnly: true, .expirationDate: Date(timeIntervalSinceNow: args.staysS)])
      invoke.resolve()
    }
  }

  private func answer(_ invoke: Invoke, with action: (Data) throws -> Data) throws {
    guard let bytes = Data(base64Encoded: try invoke.parseArgs(BytesArgs.self).bytes) else {
      return invoke.reject("not Base64", code: "failed")
    }
    do {
      invoke.resolve(BytesAnswer(bytes: try action(bytes).base64EncodedString()))
    } catch EnclaveFailure.missing {
      invoke.reject("there is no such key", code: "missing")
    } catch EnclaveFailure.locked {
      invoke.reject("the device is locked", code: "locked")
    } catch {
      invoke.reject("the Secure Enclave failed", code: "failed")
    }
  }
}

@_cdecl("init_plugin_warifu_device")
func initPlugin() -> Plugin {
  return DevicePlugin()
}
