"""What somebody buys next: sessions by known rules (`shop`), and the task on them (`task`)."""
