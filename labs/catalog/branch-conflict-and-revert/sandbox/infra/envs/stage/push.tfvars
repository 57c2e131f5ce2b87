# The app's push service: what tells passengers that a boat is late.

region = "eu-north-1"

instances       = 2
timeout_seconds = 20
queue_depth     = 200
harbours        = ["Sandvik", "Norhaven", "Kelpness", "Ostrand"]

tags = {
  service     = "push"
  env         = "stage"
  owner       = "Bookings"
  cost-centre = "CC-2107"
}
