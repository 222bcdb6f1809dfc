"""What people do: at the desk, on the road, at home, through a link."""
