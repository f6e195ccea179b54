import TestSupport
import Testing
import WABinary
import WACrypto

@Suite("Node vectors")
struct NodeVectorTests {
    @Test("Nodes are read and written byte for byte as independent clients do")
    func vectors() throws {
        try withVectors("binary-nodes") { file in
            for vector in try file["decode"].list {
                try checkDecoding(vector)
                if vector["encoders"].exists { try readEncoders(of: vector) }
            }
            for vector in try file["encode"].list { try checkEncoding(vector) }
            for vector in try file["encode_large"]["cases"].list { try checkLargeEncoding(vector) }
            for vector in try file["decode_lenient"]["cases"].list {
                try checkDecoding(vector)
            }
            for vector in try file["decode_invalid"]["cases"].list {
                let name = Comment(rawValue: try vector["name"].text)
                let bytes = try vector["hex"].bytes
                #expect(throws: NodeCodingError.self, name) { try NodeDecoder.decode(bytes) }
                let others = try [vector["whatsmeow"].text, vector["baileys"].text]
                #expect(others.contains { $0 != "accepts" }, name)
            }
            try checkDifferences(file["decode_differs"])

            let inflated = try file["compressed_frame"]["inflated_hex"].bytes
            let compressed = try FramePayload.unpack(file["compressed_frame"]["hex"].bytes)
            #expect(try NodeDecoder.decode(inflated) == compressed)
            #expect(NodeEncoder.encode(compressed) == inflated)
        }
    }

    private func checkDecoding(_ vector: VectorValue) throws {
        let name = Comment(rawValue: try vector["name"].text)
        let expected = try VectorNode(vector["node"])
        let decoded = try NodeDecoder.decode(vector["hex"].bytes)
        #expect(expected.isMeaning(of: decoded), name)
    }

    private func checkEncoding(_ vector: VectorValue) throws {
        let name = Comment(rawValue: try vector["name"].text)
        var bytes = try vector["hex"].bytes
        if vector["with_flag_byte"].exists, try vector["with_flag_byte"].boolean {
            #expect(bytes.removeFirst() == 0)
        }
        let expected = try VectorNode(vector["node"])
        let decoded = try NodeDecoder.decode(bytes)
        #expect(expected.isMeaning(of: decoded), name)
        #expect(NodeEncoder.encode(decoded) == bytes, name)
        #expect(NodeEncoder.encode(expected.node(inOrderOf: decoded)) == bytes, name)
        #expect(FramePayload.pack(decoded) == [0] + bytes, name)
        try readEncoders(of: vector)
    }

    private func readEncoders(of vector: VectorValue) throws {
        let isByWhatsmeow = try vector["encoders"]["whatsmeow"].boolean
        let isByBaileys = try vector["encoders"]["baileys"].boolean
        #expect(isByWhatsmeow || isByBaileys, "Somebody else writes these bytes")
    }

    private func checkLargeEncoding(_ vector: VectorValue) throws {
        let count = try vector["count"].integer
        let content = [UInt8](repeating: try vector["repeat_byte"].bytes[0], count: count)
        let node: Node
        switch try vector["content_kind"].text {
        case "bytes": node = Node(try vector["tag"].text, bytes: content)
        default: node = Node(try vector["tag"].text, text: String(decoding: content, as: UTF8.self))
        }
        let encoded = NodeEncoder.encode(node)
        let length = try vector["encoded_length"].integer
        let prefix = try vector["hex_prefix"].bytes
        let digest = try vector["sha256_of_encoding"].bytes
        #expect(encoded.count == length && encoded.starts(with: prefix))
        #expect(Digest.sha256(encoded) == digest)
        #expect(try NodeDecoder.decode(encoded).bytes == content)
    }

    /// Where the two libraries differ we keep the account and the device, and give a JID as content in text form.
    private func checkDifferences(_ file: VectorValue) throws {
        for vector in try file.list {
            let decoded = try NodeDecoder.decode(vector["hex"].bytes)
            let whatsmeow = try vector["whatsmeow"].text
            let baileys = try vector["baileys"].text
            switch try vector["name"].text {
            case "AD_JID with unknown domain 2":
                #expect(decoded["jid"] == baileys)
                #expect(JID(whatsmeow) != nil)
            case "content given as JID_PAIR":
                #expect(decoded.text == "s.whatsapp.net")
                #expect(whatsmeow.contains("s.whatsapp.net") && baileys.contains("s.whatsapp.net"))
            case let name:
                Issue.record("Unknown case \(name)")
            }
        }
    }
}

/// A node as the vector file writes it.
private struct VectorNode {
    private let tag: String
    private let attributes: [String: AttributeValue]
    private let content: Content?

    private enum Content {
        case nodes([VectorNode])
        case bytes([UInt8])
        case text(String)
    }

    init(_ value: VectorValue) throws {
        tag = try value["tag"].text
        let jidNames = value["jid_attrs"].exists ? try value["jid_attrs"].list.map { try $0.text } : []
        var attributes: [String: AttributeValue] = [:]
        for name in try value["attrs"].keys {
            let text = try value["attrs"][name].text
            attributes[name] = jidNames.contains(name) ? .jid(try #require(JID(text))) : .text(text)
        }
        self.attributes = attributes
        if value["content"].exists {
            content = .nodes(try value["content"].list.map { try VectorNode($0) })
        } else if value["content_hex"].exists {
            content = .bytes(try value["content_hex"].bytes)
        } else if value["content_string"].exists {
            content = .text(try value["content_string"].text)
        } else {
            content = nil
        }
    }

    /// Whether a decoded node says the same: texts may have arrived as bytes, and the order of attributes is free.
    func isMeaning(of node: Node) -> Bool {
        guard node.tag == tag, node.attributes.count == attributes.count,
            attributes.allSatisfy({ node.attributes[$0.key] == $0.value })
        else { return false }
        switch (content, node.content) {
        case (nil, nil):
            return true
        case (.nodes(let expected)?, .nodes(let children)?):
            return expected.count == children.count && zip(expected, children).allSatisfy { $0.isMeaning(of: $1) }
        case (.bytes(let bytes)?, .bytes?):
            return node.bytes == bytes
        case (.text(let text)?, .bytes?), (.text(let text)?, .text?):
            return node.text == text
        default:
            return false
        }
    }

    /// The node with attributes in the order of a decoded one, for writing it anew.
    func node(inOrderOf decoded: Node) -> Node {
        let ordered = Attributes(
            decoded.attributes.map {
                Attributes.Element(name: $0.name, value: attributes[$0.name] ?? "missing")
            })
        switch content {
        case nil: return Node(tag, ordered)
        case .nodes(let nodes)?:
            return Node(tag, ordered, zip(nodes, decoded.children).map { $0.node(inOrderOf: $1) })
        case .bytes(let bytes)?: return Node(tag, ordered, bytes: bytes)
        case .text(let text)?: return Node(tag, ordered, text: text)
        }
    }
}
