// The Vault that the tests speak of, without the backends that they do not: built by ../vault.sh with `-tags minimal`.
package main

import (
	"os"

	"github.com/hashicorp/vault/command"
)

func main() {
	os.Exit(command.Run(os.Args[1:]))
}
