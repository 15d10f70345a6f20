// Owns a key that never leaves the Secure Enclave, and what is wrapped for it.
// Refuses to know what the wrapped bytes are.
// Invariant: only this device unwraps; the key is in no backup, and there is one at most.

import Foundation
import Security

enum EnclaveFailure: Error {
  /// There is no key: it was made on another device, or this one was erased.
  case missing
  /// The device has not been unlocked since it started.
  case locked
  /// No enclave, or it did not do what was asked.
  case failed
}

struct Enclave {
  private let tag = Data("example.warifu.app.wrapping".utf8)
  private let algorithm = SecKeyAlgorithm.eciesEncryptionCofactorVariableIVX963SHA256AESGCM

  /// Wraps for the key; makes one the first time.
  func wrap(_ plain: Data) throws -> Data {
    let key: SecKey
    do {
      key = try found()
    } catch EnclaveFailure.missing {
      key = try made()
    }
    guard let open = SecKeyCopyPublicKey(key),
      let wrapped = SecKeyCreateEncryptedData(open, algorithm, plain as CFData, nil)
    else { throw EnclaveFailure.failed }
    return wrapped as Data
  }

  func unwrap(_ wrapped: Data) throws -> Data {
    var why: Unmanaged<CFError>?
    guard let plain = SecKeyCreateDecryptedData(try found(), algorithm, wrapped as CFData, &why) else {
      throw failure(why)
    }
    return plain as Data
  }

  private func found() throws -> SecKey {
    let query: [CFString: Any] = [
      kSecClass: kSecClassKey,
      kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
      kSecAttrTokenID: kSecAttrTokenIDSecureEnclave,
      kSecAttrApplicationTag: tag,
      kSecReturnRef: true,
    ]
    var item: CFTypeRef?
    switch SecItemCopyMatching(query as CFDictionary, &item) {
    case errSecSuccess: return item as! SecKey
    case errSecItemNotFound: throw EnclaveFailure.missing
    case errSecInteractionNotAllowed: throw EnclaveFailure.locked
    default: throw EnclaveFailure.failed
    }
  }

  /// In the enclave, for this device only, and usable while the screen is locked: what it wraps asks for no person.
  private func made() throws -> SecKey {
    let protection = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
    guard let access = SecAccessControlCreateWithFlags(nil, protection, .privateKeyUsage, nil) else {
      throw EnclaveFailure.failed
    }
    let attributes: [CFString: Any] = [
      kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
      kSecAttrKeySizeInBits: 256,
      kSecAttrTokenID: kSecAttrTokenIDSecureEnclave,
      kSecPrivateKeyAttrs: [
        kSecAttrIsPermanent: true,
        kSecAttrApplicationTag: tag,
        kSecAttrAccessControl: access,
      ] as [CFString: Any],
    ]
    var why: Unmanaged<CFError>?
    guard let key = SecKeyCreateRandomKey(attributes as CFDictionary, &why) else { throw failure(why) }
    return key
  }

  private func failure(_ why: Unmanaged<CFError>?) -> EnclaveFailure {
    guard let why = why?.takeRetainedValue() else { return .failed }
    return CFErrorGetCode(why) == CFIndex(errSecInteractionNotAllowed) ? .locked : .failed
  }
}
