"""What contenders look at and forecast, as charts."""
