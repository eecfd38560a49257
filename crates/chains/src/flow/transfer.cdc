import FungibleToken from FUNGIBLE_TOKEN
import FlowToken from FLOW_TOKEN

transaction(amount: UFix64, to: Address) {
    let payment: @{FungibleToken.Vault}

    prepare(payer: auth(BorrowValue) &Account) {
        let vault = payer.storage
            .borrow<auth(FungibleToken.Withdraw) &FlowToken.Vault>(from: /storage/flowTokenVault)
            ?? panic("The account has no FLOW vault")
        self.payment <- vault.withdraw(amount: amount)
    }

    execute {
        let receiver = getAccount(to).capabilities
            .borrow<&{FungibleToken.Receiver}>(/public/flowTokenReceiver)
            ?? panic("The recipient can not receive FLOW")
        receiver.deposit(from: <-self.payment)
    }
}
