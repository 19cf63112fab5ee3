extension Decision {
    /// What the decision makes of a candidate: its status, and the completion that training is to use (nil: large's
    /// answer stands).
    func outcome(for candidate: Candidate) throws(StoreError) -> (status: Candidate.Status, completion: String?) {
        guard candidate.status != .incomplete else {
            throw .refused("the large model's answer broke off: there is nothing to decide")
        }
        if completion != nil, verb != .edit { throw .refused("completion: only the decision edit takes one") }
        if choice != nil, verb != .accept { throw .refused("choice: only the decision accept takes one") }
        switch verb {
        case .reject: return (.rejected, nil)
        case .skip: return (.skipped, nil)
        case .edit:
            guard let completion, !completion.isEmpty else { throw .refused("completion: the decision edit needs one") }
            return (.edited, completion)
        case .accept:
            switch choice ?? .large {
            case .large, .both:
                guard candidate.large != nil else { throw .refused("choice: there is no large answer to accept") }
                return (.accepted, nil)
            case .small:
                guard let small = candidate.small else { throw .refused("choice: there is no small answer to accept") }
                guard let text = ChosenAnswer(small)?.text else {
                    throw .refused("choice: the small answer has no text to train on")
                }
                return (.accepted, text)
            }
        }
    }
}
