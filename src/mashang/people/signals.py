"""What layers above may want to know of accounts: the register of what was done, for instance."""

from django.dispatch import Signal

# `kind` as in audit/kinds.py, `by` (an actor), `account` (whom it is about), and where there are
# any `data` and `request`. Sent in the transaction that does the thing, as its last statement.
happened = Signal()
