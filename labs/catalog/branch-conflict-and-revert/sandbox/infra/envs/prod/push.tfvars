# The app's push service: what tells passengers that a boat is late.

region = "eu-north-1"

instances       = 4
timeout_seconds = 20
queue_depth     = 500
harbours        = ["Sandvik", "Norhaven"]

tags = {
  service     = "push"
  env         = "prod"
  owner       = "Bookings"
  cost-centre = "CC-2107"
}
