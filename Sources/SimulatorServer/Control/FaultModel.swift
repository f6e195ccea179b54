import Hummingbird
import WASimulator

/// A fault plan as JSON. Chances are in a thousand; whatever is left out is 0, or the plan's own default.
struct FaultModel: ResponseCodable {
    var seed: UInt64?
    var lostFromClient: Int?
    var cutAfterStanza: Int?
    var lostToClient: Int?
    var delayed: Int?
    var delayMilliseconds: [Int64]?
    var duplicated: Int?
    var withheldAcks: Int?
    var streamErrors: Int?
    var streamErrorCodes: [Int]?
    var cuts: Int?
    var cutByteCounts: [Int]?
    var lostSessions: Int?
    var loseSenderKeys: Bool?
    var recoveryMilliseconds: Int64?
    var sparesPairing: Bool?
    var maximumFaultCount: Int?
    /// How many faults the plan has caused; ignored on input.
    var faultCount: Int?

    init(_ plan: FaultPlan, faultCount: Int) {
        seed = plan.seed
        lostFromClient = plan.lostFromClient
        cutAfterStanza = plan.cutAfterStanza
        lostToClient = plan.lostToClient
        delayed = plan.delayed
        delayMilliseconds = [plan.delayMilliseconds.lowerBound, plan.delayMilliseconds.upperBound]
        duplicated = plan.duplicated
        withheldAcks = plan.withheldAcks
        streamErrors = plan.streamErrors
        streamErrorCodes = plan.streamErrorCodes
        cuts = plan.cuts
        cutByteCounts = [plan.cutByteCounts.lowerBound, plan.cutByteCounts.upperBound]
        lostSessions = plan.lostSessions
        loseSenderKeys = plan.loseSenderKeys
        recoveryMilliseconds = plan.recoveryMilliseconds
        sparesPairing = plan.sparesPairing
        maximumFaultCount = plan.maximumFaultCount
        self.faultCount = faultCount
    }

    /// Throws `ControlError` naming the first value that cannot be.
    func plan() throws -> FaultPlan {
        var plan = FaultPlan(seed: seed ?? 1)
        plan.lostFromClient = try Self.chance(lostFromClient, "lostFromClient")
        plan.cutAfterStanza = try Self.chance(cutAfterStanza, "cutAfterStanza")
        plan.lostToClient = try Self.chance(lostToClient, "lostToClient")
        plan.delayed = try Self.chance(delayed, "delayed")
        plan.duplicated = try Self.chance(duplicated, "duplicated")
        plan.withheldAcks = try Self.chance(withheldAcks, "withheldAcks")
        plan.streamErrors = try Self.chance(streamErrors, "streamErrors")
        plan.cuts = try Self.chance(cuts, "cuts")
        plan.lostSessions = try Self.chance(lostSessions, "lostSessions")
        plan.loseSenderKeys = loseSenderKeys ?? plan.loseSenderKeys
        plan.delayMilliseconds =
            try Self.range(delayMilliseconds, "delayMilliseconds", atMost: Self.dayMilliseconds) ?? plan.delayMilliseconds
        plan.cutByteCounts =
            try Self.range(cutByteCounts, "cutByteCounts", atMost: Int(Int32.max)) ?? plan.cutByteCounts
        plan.streamErrorCodes = streamErrorCodes ?? plan.streamErrorCodes
        if let recoveryMilliseconds {
            guard (0...Self.dayMilliseconds).contains(recoveryMilliseconds) else {
                throw ControlError.badRequest("recoveryMilliseconds must be from 0 to \(Self.dayMilliseconds).")
            }
            plan.recoveryMilliseconds = recoveryMilliseconds
        }
        plan.sparesPairing = sparesPairing ?? plan.sparesPairing
        plan.maximumFaultCount = maximumFaultCount ?? plan.maximumFaultCount
        return plan
    }

    private static let dayMilliseconds: Int64 = 86_400_000

    private static func chance(_ value: Int?, _ name: String) throws -> Int {
        let value = value ?? 0
        guard (0...1_000).contains(value) else {
            throw ControlError.badRequest("\(name) is a chance in a thousand: 0 to 1000.")
        }
        return value
    }

    private static func range<Bound: FixedWidthInteger>(
        _ bounds: [Bound]?, _ name: String, atMost limit: Bound
    ) throws -> ClosedRange<Bound>? {
        guard let bounds else { return nil }
        guard bounds.count == 2, bounds[0] >= 0, bounds[0] <= bounds[1], bounds[1] <= limit else {
            throw ControlError.badRequest("\(name) is two numbers up to \(limit), the smaller first.")
        }
        return bounds[0]...bounds[1]
    }
}
