/* What goes on after main(). */
#include <zephyr/kernel.h>

static void in_work(struct k_work* work) {
  ARG_UNUSED(work);
  printk(" work");
}
K_WORK_DELAYABLE_DEFINE(work, in_work);

static void in_timer(struct k_timer* timer) {
  ARG_UNUSED(timer);
  printk(" timer");
  k_work_schedule(&work, K_MSEC(5));
}
K_TIMER_DEFINE(timer, in_timer, NULL);

static void in_thread(void) {
  k_msleep(20);
  printk(" thread");
  k_timer_start(&timer, K_MSEC(5), K_NO_WAIT);
}
K_THREAD_DEFINE(thread, 1024, in_thread, NULL, NULL, NULL, 7, 0, 0);

int main(void) {
  printk("main");
  return 7;
}
